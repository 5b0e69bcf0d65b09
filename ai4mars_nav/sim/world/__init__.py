"""Worlds to drive on: made from a recipe and a seed, kept as rasters, shared with Gazebo."""
