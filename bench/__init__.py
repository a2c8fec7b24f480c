"""Benchmarks of the whole path against peers on the same machine in the same run."""
