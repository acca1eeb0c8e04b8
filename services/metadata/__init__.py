"""Metadata: when, where, which camera, which duplicate; the library's assets, events and people."""
