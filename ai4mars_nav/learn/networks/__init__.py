"""The networks that can be trained, one file each; `registry.py` knows them by name."""
