"""The version of the product: of the package, the command line, the API and `/health/live`."""

from __future__ import annotations

from typing import Final

VERSION: Final = "0.2.0"
