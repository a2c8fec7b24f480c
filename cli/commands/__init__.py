"""What each command does. How commands and options are declared is in `cli.main`."""
