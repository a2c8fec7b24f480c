"""`tests.integration.sinks.test_detail_queries` on a cluster."""

from tests.integration.cluster.again import again
from tests.integration.sinks import test_detail_queries

globals().update(again(test_detail_queries))
