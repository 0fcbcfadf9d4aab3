"""Benchmarks: `python -m benchmarks`, or `make bench`. Each row of the table has a module, and is never uploaded."""
