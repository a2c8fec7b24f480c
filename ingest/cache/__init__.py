"""Query results kept in memory or Redis. Only what never changes under its key."""
