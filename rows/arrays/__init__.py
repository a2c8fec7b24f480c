"""Arrow columns and buffers. No rules about rows."""
