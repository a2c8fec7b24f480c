"""The public views: what people and programs outside the product query with SQL.

Each has its definition in `sql/views/NAME.sql`. A view runs with the rights of the user that migrated
(SQL SECURITY DEFINER), so that a user needs SELECT on the view alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "sql"
VIEWS: Final = "views"
# The database user for SQL clients, who reads the views only.
READER: Final = "reader"


def view_names(folder: Path = FOLDER) -> list[str]:
    """The names of the views, sorted."""
    return sorted(path.stem for path in (folder / VIEWS).glob("*.sql"))
