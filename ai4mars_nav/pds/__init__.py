"""Products of planetary rovers: labels, pixels, cameras and poses, and bags made of them."""
