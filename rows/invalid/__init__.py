"""Invalid rows: their report, fields, and the CSV they are exported to and corrected in."""
