"""Bytes in, analyses out: decoding, models and the reading of their outputs."""
