"""The stream: announce, split, process, aggregate.

Faust is imported in two modules: `stream.app` (the app) and `stream.faust_repairs` (what Faust
loses as shipped). Everything else is plain Python with its dependencies given by constructor.
"""
