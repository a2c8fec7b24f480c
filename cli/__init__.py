"""The command line, `csv-processor`: commands, what they print, and the HTTP client they use.

It may import every other package; no other package imports it.
"""
