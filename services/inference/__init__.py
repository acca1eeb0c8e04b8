"""Inference: looks at described assets, and at pictures that clients stream."""
