"""Polluted files: what is recovered of them, and how quickly, beside other readers of CSV."""
