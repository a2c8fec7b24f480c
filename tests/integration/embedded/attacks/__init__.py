"""The SQL port of the embedded stack, as an attacker sees it. One stack for all files here."""
