"""`tests.integration.sinks.test_exports` on a cluster."""

from tests.integration.cluster.again import again
from tests.integration.sinks import test_exports

globals().update(again(test_exports))
