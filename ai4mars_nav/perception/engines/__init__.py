"""Engines: what runs a terrain network, how one is built, kept, proved and chosen."""
