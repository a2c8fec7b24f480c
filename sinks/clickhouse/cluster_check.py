"""Whether the database and CLICKHOUSE_CLUSTER fit each other."""

from __future__ import annotations

from typing import Final

from sinks.clickhouse.client import Database

# Name of the row of schema_migrations that has the shards of the cluster.
LAYOUT: Final = "cluster"
# With more, a majority of replicas would have a row while another one is read without it.
_MOST_REPLICAS: Final = 2
_SHARDS: Final = (
    "SELECT shard_num, any(shard_weight) AS weight, count() AS replicas,"
    " min(internal_replication) AS internal FROM system.clusters"
    " WHERE cluster = {cluster:String} GROUP BY shard_num ORDER BY shard_num"
)
_KIND: Final = (
    "SELECT engine = 'Distributed' AS distributed FROM system.tables"
    " WHERE database IN {databases:Array(String)} AND name = 'schema_migrations'"
)


class UnusableCluster(Exception):  # noqa: N818
    """Results would be wrong or incomplete with this cluster, or on this database."""


async def layout(database: Database) -> str:
    """The shards of the cluster and their weights; empty if there is no cluster.

    Rows are on the shard that their key has among so many.

    Raises:
        UnusableCluster: the cluster or the database does not fit.
    """
    cluster = database.cluster
    # Before its tables were moved they were in the public one.
    databases = [database.name, database.public]
    for row in await database.query(_KIND, {"databases": databases}):
        if row["distributed"] and cluster is None:
            raise UnusableCluster(
                f"The database {database.public} is on a cluster: set CLICKHOUSE_CLUSTER to its name."
            )
        if not row["distributed"] and cluster is not None:
            raise UnusableCluster(
                f"The database {database.public} was made without CLICKHOUSE_CLUSTER and cannot be"
                " turned into one on a cluster: name another database in CLICKHOUSE_URL."
            )
    if cluster is None:
        return ""
    shards = await database.query(_SHARDS, {"cluster": cluster.name})
    if not shards:
        raise UnusableCluster(
            f"The server has no cluster {cluster.name!r}: name one of `remote_servers` in"
            " CLICKHOUSE_CLUSTER."
        )
    for shard in shards:
        number = shard["shard_num"]
        if not shard["internal"]:
            raise UnusableCluster(
                f"Shard {number} of {cluster.name!r} lacks `internal_replication`: the tables"
                " replicate themselves, so set it to true in `remote_servers`."
            )
        if shard["replicas"] > _MOST_REPLICAS:
            raise UnusableCluster(
                f"Shard {number} of {cluster.name!r} has {shard['replicas']} replicas: use one or two,"
                " because a third may be read before it has what was written."
            )
    return "shards of weight " + ", ".join(str(s["weight"]) for s in shards)


def same_layout(now: str, before: str | None) -> None:
    """Check that a cluster has the shards that rows were written to.

    Raises:
        UnusableCluster: it has others.
    """
    if before is not None and before != now:
        raise UnusableCluster(
            f"The cluster had {before} and has {now} now: versions of a row would be on two shards."
            " Restore its shards, or name another database in CLICKHOUSE_URL."
        )
