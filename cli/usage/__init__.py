"""The commands with their arguments and options; one module for those that share imports.

What a command does is in `cli.commands`, which is imported when it runs.
"""
