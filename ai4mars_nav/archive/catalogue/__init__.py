"""What images there are, what was found in them, and how they are found again."""
