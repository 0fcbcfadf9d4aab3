"""The only code that imports azure.functions: one blueprint a door."""
