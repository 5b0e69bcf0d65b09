"""Bags: what is common to all that write or read rosbag2 files of the graph."""
