"""The layout of the object store. Everything of a file is stored under its id."""

from __future__ import annotations

from typing import Final

# Original files: raw/<file_id>. Objects of other producers stay at their own keys.
RAW: Final = "raw/"
# What is made of a file while it is worked on: <folder><file_id>/<generation>/...
PARTIALS: Final = "partials/"
# Uploads that are not complete: resumable/<upload_id>/...
RESUMABLE: Final = "resumable/"
# Written and deleted to see whether the store can be written: health/<any id>
HEALTH: Final = "health/"
OWN: Final = (RAW, PARTIALS, RESUMABLE, HEALTH)
