"""`tests.integration.sinks.test_operation_log` on a cluster."""

from tests.integration.cluster.again import again
from tests.integration.sinks import test_operation_log

globals().update(again(test_operation_log))
