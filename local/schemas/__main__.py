"""`python -m local.schemas`: writes schemas/ and docs/contract.md."""

from __future__ import annotations

from pathlib import Path

from local.schemas.files import files


def main() -> None:
    """Write each file, and remove schemas that nothing generates any more."""
    root = Path(__file__).parents[2]
    generated = files()
    for path in sorted((root / "schemas").rglob("*.json")):
        if path.relative_to(root).as_posix() not in generated:
            path.unlink()
    for name, text in generated.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


if __name__ == "__main__":
    main()
