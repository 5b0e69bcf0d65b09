"""The fast renderer: cameras that look at a `World` by marching rays over its heights."""
