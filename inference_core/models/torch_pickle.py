"""Reads a PyTorch state dict of the format before 1.6 without PyTorch, and without running anything in it.

Such a file is five pickles (a magic number, the protocol, the machine, the state dict, the keys of the
storages) and then, for each key, the count of its elements as an int64 and the elements themselves, all
little-endian. The state dict names tensors as views (offset, shape, strides) into storages.
"""

import io
import pickle
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference_core.models.errors import UnreadableWeights

_MAGIC = 0x1950A86A20F9469CFC6C
_STORAGES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


@dataclass(frozen=True, slots=True)
class _Storage:
    key: str
    dtype: np.dtype[Any]


@dataclass(frozen=True, slots=True)
class _View:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def read(self, storages: dict[str, NDArray[Any]]) -> NDArray[Any]:
        steps = (size - 1 for size in self.shape)
        last = self.offset + sum(step * stride for step, stride in zip(steps, self.strides, strict=True))
        whole = storages[self.storage.key]
        if not 0 <= self.offset <= last < len(whole) or min(self.strides, default=0) < 0:
            raise UnreadableWeights("The weights hold a tensor that reaches beyond its storage.")
        bytes_apart = [stride * whole.itemsize for stride in self.strides]
        return np.lib.stride_tricks.as_strided(whole[self.offset :], self.shape, bytes_apart, writeable=False)


class _Unpickler(pickle.Unpickler):
    """Knows tensors and dicts, and refuses every other name: a pickle can call only what this hands out."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        raise UnreadableWeights(
            f"The weights name {module}.{name}, which no state dict needs; they were not read."
        )

    def persistent_load(self, pid: Any) -> _Storage:
        _, dtype, key, *_ = pid
        return _Storage(str(key), dtype)


def _rebuild(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_training: object
) -> _View:
    return _View(storage, offset, shape, strides)


def read_state_dict(data: bytes) -> dict[str, NDArray[Any]]:
    """Reads the tensors of a `.pth` file.

    Args:
        data: The whole file.

    Returns:
        Tensors by name: float32, or int64 for counters.

    Raises:
        UnreadableWeights: It is no such file, or it asks for anything but tensors.
    """
    file = io.BytesIO(data)
    try:
        if _Unpickler(file).load() != _MAGIC:
            raise UnreadableWeights("The weights are not a PyTorch file of the format before 1.6.")
        _protocol, _machine, state, keys = (_Unpickler(file).load() for _ in range(4))
        dtypes = {view.storage.key: view.storage.dtype for view in state.values()}
        storages = {key: _read_storage(file, dtypes[key]) for key in keys}
        return {name: view.read(storages) for name, view in state.items()}
    except (pickle.UnpicklingError, EOFError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise UnreadableWeights(f"The weights are not a whole PyTorch state dict ({error}).") from error


def _read_storage(file: io.BytesIO, dtype: np.dtype[Any]) -> NDArray[Any]:
    count = int.from_bytes(file.read(8), "little")
    return np.frombuffer(file.read(count * dtype.itemsize), dtype, count)
