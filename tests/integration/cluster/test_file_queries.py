"""`tests.integration.sinks.test_file_queries` on a cluster."""

from tests.integration.cluster.again import again
from tests.integration.sinks import test_file_queries

# A Distributed table does not explain the indexes of its shards.
_OF_ONE_SERVER = ("test_the_files_that_background_tasks_look_for_are_found_by_an_index",)
globals().update(again(test_file_queries, without=_OF_ONE_SERVER))
