"""Benchmark: from a key to the painted screen."""
