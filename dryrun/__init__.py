"""Processing a file with the functions of the workers and storing nothing. Used by the API and the CLI."""
