"""Tasks that run beside the calls: reconciler, purger, inbox scanner, change feed."""
