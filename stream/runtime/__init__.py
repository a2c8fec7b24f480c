"""What all stages run on: executors, messages, draining, exit. No Faust, no domain logic."""
