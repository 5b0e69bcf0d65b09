"""What the map remembers per cell and what one frame adds up per cell: names of array planes.

The compiled loops and their twins index with these, so they are plain integers. Compiled code
kept on disk goes by its own file's date: after a change here, or in row_kernels.py, touch the
*_kernels.py that use it.
"""

from __future__ import annotations

# One frame's sums of a cell: sums[row, column, ...]
COUNT, WEIGHT, WEIGHTED_Z, LOWEST, HIGHEST, VOTES, EVIDENCE = range(7)
"""Deposits, sum of 1/variance, of z/variance, lowest and highest z, class votes, and from
EVIDENCE on one log-odds sum per class."""
SUMS = EVIDENCE + 4

# The map's memory: memory[plane, row, column]
ELEVATION, VARIANCE, LOW, HIGH, NOISE, SEEN, ROCK, HELD, LOOSE, NEAR, BELIEF = range(11)
"""Mean height in odom (m, nan where unknown), its variance (m^2), lowest and highest height
(m), variance of one measured point (m^2), time last seen (s since the map's start), log-odds
of a big rock, 1 where the rover was stuck, else 0, chance that sand is loose by the slip felt
nearest, how much that says (0..1), and from BELIEF on one log-probability per class, the largest
0."""
PLANES = BELIEF + 4

# What follows from the memory: derived[plane, row, column]
SLOPE, ROUGHNESS, RISE, STEP, ANGLE, COST_RATIO, SHARE = range(7)
"""Slope (m per cell), RMS distance from the local plane (m), what the ground at large rises over
a cell (m), step (m), the slope again in radians, cost per metre over that of level bedrock, and
from SHARE on one probability per class."""
DERIVED = SHARE + 4
