"""The worker: announce, split, process, aggregate.

Faust is imported in `stream.engine` only. Everything else is plain Python with its dependencies
given by constructor. What the API does is in `ingest`; the two never import each other.
"""
