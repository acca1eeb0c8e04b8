"""The messages that Triton understands, generated from `inference.proto`."""
