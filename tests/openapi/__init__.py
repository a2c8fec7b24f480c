"""The description of the API, as generators of clients see it."""
