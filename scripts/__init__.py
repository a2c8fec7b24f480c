"""Programs for developers: set-up, and the generated parts of the documents. Not installed."""
