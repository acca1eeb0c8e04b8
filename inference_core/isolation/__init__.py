"""Worker processes for code that may crash, hang or eat the memory: one call is lost, no more."""

from inference_core.isolation.pool import IsolatedPool

__all__ = ["IsolatedPool"]
