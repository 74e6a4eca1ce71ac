"""The program measured against its peers: `python -m bench`. See docs/benchmarks.md."""
