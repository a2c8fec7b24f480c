"""Profiles of users: saving and showing them, and what a change of one does to earlier files."""
