"""Keys with values in lines before the data: `Time zone: UTC+1`."""

from __future__ import annotations

import re
from typing import Final

# The sign between them with the blanks around it. It is looked for where blanks begin, and nowhere among
# them: a line of many blanks would take time by the square of their number.
KEY_AND_VALUE: Final = re.compile(r"(?<!\s)\s*[:=;\t]\s*")
