"""How a worker ends where going on would be wrong: at once, loudly, with code 70."""

from __future__ import annotations

import logging
import os
import sys
from typing import NoReturn

EXIT_CODE = 70
_LOG = logging.getLogger("stream.crash")


def crash(where: str, reason: BaseException) -> NoReturn:
    """Log why and end the process; nothing is acknowledged any more.

    Stopping gracefully would wait for messages that are in nobody's hands. Ending is safe at any
    moment, because an offset is committed only after all effects of its message.
    """
    _LOG.critical("the worker ends: %s: %s", where, reason, exc_info=reason)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(EXIT_CODE)
