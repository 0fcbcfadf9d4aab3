"""The rows of the table, one module each: `NAME`, `TITLE` and `measure`."""
