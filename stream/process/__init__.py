"""The third stage: batches are parsed, validated and written to the sink."""
