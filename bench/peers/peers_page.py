"""Writes the part of docs/benchmarks.md that compares with other engines, from the results that bench/peers/run.py kept."""

def write(path, results, version):
    pass
