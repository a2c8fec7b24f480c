"""One router per file, with the parameters of its calls. No rules: those are in the services it calls."""
