"""The last stage: partial results of batches are merged into the result of a file."""
