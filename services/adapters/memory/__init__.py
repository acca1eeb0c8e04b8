"""Stores in this process's memory, for tests and trials; held to the same contracts as the real ones."""

from services.adapters.memory.blobs import MemoryBlobStore
from services.adapters.memory.store import MemoryRowStore

__all__ = ["MemoryBlobStore", "MemoryRowStore"]
