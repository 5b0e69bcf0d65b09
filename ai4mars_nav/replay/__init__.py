"""Bags through the real graph: feeding, waiting, recording, comparing."""
