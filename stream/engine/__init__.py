"""The only package that imports faust or mode: the app, its tables and the patches."""
