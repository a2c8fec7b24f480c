"""Several sinks as one."""

from __future__ import annotations

from sinks.base import Sink, SinkBatch


class FanOut:
    """Writes to each sink in turn; the first is the one whose state the product reads back.

    A batch that one of them fails is written to all of them again, which every sink allows.
    """

    def __init__(self, *sinks: Sink) -> None:
        self._sinks = sinks

    async def write(self, batch: SinkBatch) -> None:
        """Returns when every sink has stored the batch.

        Raises:
            Unavailable: one of them is unavailable; the same batch may be tried again.
        """
        for sink in self._sinks:
            await sink.write(batch)
