"""Built-in profiles: known makers' formats as data. Adding one takes three files and no code.

`NAME.toml` says what the format looks like and how it is read, `NAME.csv` is a sample (all values
made up), `NAME.expected.csv` has the readings it gives. docs/files.md describes the format.
"""
