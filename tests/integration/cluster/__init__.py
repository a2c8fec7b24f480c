"""The product's own queries over the shards of a cluster."""
