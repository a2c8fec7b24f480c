"""Events, Arrow schemas, topics and numbered SQL: the shapes that cross a process boundary."""
