"""Triage: which of today's images are worth sending home, and where to look again."""
