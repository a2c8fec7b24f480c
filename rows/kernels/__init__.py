"""The compiled kernels: they work on addresses and 64-bit words, and know nothing of Python.

Conventions. Text is `[p, end)`, two addresses. A word is an int64 whose bits are what counts:
mixing signed and unsigned integers would silently become float64 in numba, so that what differs
for unsigned words (shifting right, comparing, the high half of a product) is an instruction of its
own in `words`. Nothing is ever read at or behind an `end` that a function was given.
"""
