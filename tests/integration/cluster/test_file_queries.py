"""`tests.integration.sinks.test_file_queries` on a cluster."""

from tests.integration.cluster.again import again
from tests.integration.sinks import test_file_queries

globals().update(again(test_file_queries))
