"""Where the product keeps what it writes to the store. Everything of a file lies under its id."""

from __future__ import annotations

from typing import Final

# Files as they came: raw/<file_id>. Those that others laid into the store stay where they are.
RAW: Final = "raw/"
# What is made of a file while it is worked on: <folder><file_id>/<generation>/...
PARTIALS: Final = "partials/"
# Uploads that are not complete: resumable/<upload_id>/...
RESUMABLE: Final = "resumable/"
# Written and deleted to see whether the store can be written: health/<any id>
HEALTH: Final = "health/"
OWN: Final = (RAW, PARTIALS, RESUMABLE, HEALTH)
