"""How a file is accepted: options, names, resumable uploads, rollback. What happens later is in `ingest.files`."""
