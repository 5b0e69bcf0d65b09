"""The AI4Mars data set: reading its layout, judging, merging and preparing its labels."""
