"""Files that hold files: members of ZIP and tar archives, sheets of workbooks. Reads file objects
that it is given; where they come from, and what becomes of the members, is for the caller."""
