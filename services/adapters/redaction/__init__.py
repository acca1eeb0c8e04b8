"""Blanking where a picture was taken, in place, in every format that tells it."""
