"""`tests.integration.sinks.test_live_file_lists` on a cluster."""

from tests.integration.cluster.again import again
from tests.integration.sinks import test_live_file_lists

globals().update(again(test_live_file_lists))
