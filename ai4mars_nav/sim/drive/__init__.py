"""A rover that drives in a world: the node `sim`, and what records and judges a drive."""
