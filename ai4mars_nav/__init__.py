"""Terrain-aware driving for Mars rovers: images in, terrain out, the rover drives on it."""

__version__ = "0.1.0"
