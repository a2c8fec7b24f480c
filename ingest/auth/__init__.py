"""API keys, scopes and quotas of callers. Storage of keys is in `sinks.queries`."""
