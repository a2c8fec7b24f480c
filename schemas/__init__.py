"""Values and contracts: events, Arrow schemas, topics, read options, codes, numbered SQL.

Belongs here: what crosses a process boundary. Does not: I/O, and imports of other packages.
"""
