"""The drive benchmark: random sites, each driven in four modes through the core of the nodes."""
