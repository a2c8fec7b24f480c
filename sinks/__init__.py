"""Where results are written and read. Everything that knows a database is here."""
