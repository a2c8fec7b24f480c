"""Detection: from the head of any sensor file and its read options to how it is read.

Belongs here: what looks at a file's head, once. Does not: anything that reads all records.
"""
