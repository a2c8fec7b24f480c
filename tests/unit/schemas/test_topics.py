"""Topics as they are created."""

from __future__ import annotations

from schemas.topics import ALL, FILES_TABLE, SENSORS_TABLE


def test_changelogs_are_compacted_before_they_are_long() -> None:
    for topic in (FILES_TABLE, SENSORS_TABLE):
        config = topic.config()
        assert config["cleanup.policy"] == "compact"
        assert int(config["segment.bytes"]) == 64 << 20
        # A segment takes several of the largest messages.
        assert int(config["segment.bytes"]) > 10 * int(config["max.message.bytes"])
        assert float(config["min.cleanable.dirty.ratio"]) == 0.1


def test_other_topics_have_the_segments_of_the_broker() -> None:
    for topic in ALL:
        compacted = topic in (FILES_TABLE, SENSORS_TABLE)
        assert ("segment.bytes" in topic.config()) == compacted
        assert (topic.cleanup_policy == "compact") == compacted
