"""`python -m scripts.reference` renews the generated parts of all documents."""

from __future__ import annotations

from scripts.reference.pages import documents, renewed


def main() -> None:
    """The command."""
    for path in documents():
        text = path.read_text()
        if (now := renewed(text)) != text:
            path.write_text(now)
            print(f"renewed {path.name}")


if __name__ == "__main__":
    main()
