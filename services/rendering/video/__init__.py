"""Recaps: a story as an MP4, frame by frame."""
