"""HTTP itself: errors, responses, bodies, headers, limits, OpenAPI. Knows nothing of files or sensors."""
