"""TwiML: documents read and checked, and performed as steps. Pure: nothing here touches the network or a clock."""
