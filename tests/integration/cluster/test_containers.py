"""`tests.integration.sinks.test_containers` on a cluster."""

from tests.integration.cluster.again import again
from tests.integration.sinks import test_containers

globals().update(again(test_containers))
