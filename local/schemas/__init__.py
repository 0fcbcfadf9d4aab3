"""The contract in JSON Schema, AsyncAPI and words, generated from the code: `python -m local.schemas`.

A developer's tool: the app loads nothing of it. tests/unit/test_schemas.py holds schemas/ and docs/contract.md to it.
"""
