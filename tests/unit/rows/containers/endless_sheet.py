"""In place of the process that reads a workbook: one that does not end."""

from __future__ import annotations

import sys

from rows.containers.sheet_process import limit

if __name__ == "__main__":
    limit(int(sys.argv[1]), int(sys.argv[2]))
    while True:
        pass
