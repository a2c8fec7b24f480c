"""`python -m scripts.reference` renews the generated parts of all documents, and the types of the
web UI if its development tools are installed."""

from __future__ import annotations

from scripts.reference import typescript
from scripts.reference.pages import documents, renewed


def main() -> None:
    """The command."""
    for path in documents():
        text = path.read_text()
        if (now := renewed(text)) != text:
            path.write_text(now)
            print(f"renewed {path.name}")
    if not typescript.installed():
        print("ui/src/api/schema.ts was not renewed: npm --prefix ui ci")
    elif (types := typescript.types()) != typescript.TYPES.read_text():
        typescript.TYPES.write_text(types)
        print(f"renewed {typescript.TYPES.name}")


if __name__ == "__main__":
    main()
