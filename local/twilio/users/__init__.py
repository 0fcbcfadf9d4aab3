"""The users of handsets: they answer, listen, press keys, speak and hang up, by script or from a browser."""
