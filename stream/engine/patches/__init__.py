"""Patches of faust-streaming and aiokafka, one per file, each written against the pinned version.

Every file says which hole it closes, the upstream issue, and when the patch can be removed; every
patch has a test that fails without it. Nothing but patches belongs here.
"""
