"""How content classifiers are made, offline: only what is in here needs torch."""
