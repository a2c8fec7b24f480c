"""What every process needs: settings, logs, metrics, readiness, tasks. Knows no files, rows or HTTP routes."""
