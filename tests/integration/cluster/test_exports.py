"""`tests.integration.sinks.test_exports` on a cluster."""

from tests.integration.cluster.again import again
from tests.integration.sinks import test_exports

globals().update(
    again(
        test_exports,
        # Seals are set back in time by statements that simulated shards do not take.
        without=("test_a_file_is_given_once_though_its_end_is_purged_and_merged_away",),
    )
)
