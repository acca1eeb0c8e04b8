"""Sentences in, vectors out."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Tokenizer

_MAX_TOKENS = 256
"""What the model was trained for."""

_BATCH = 64


class TextEncoder:
    """The text model with its tokenizer, in process.

    Args:
        model: The built graph; `tokenizer.json` lies beside it.
        threads: For ONNX Runtime.
    """

    def __init__(self, model: Path, threads: int = 1) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(model.with_name("tokenizer.json")))
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._tokenizer.enable_padding()

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encodes texts.

        Args:
            texts: Each of at most 256 tokens; what is beyond is cut off.

        Returns:
            float32 [len(texts), 384], rows of length 1: their products are cosines.
        """
        batches = [texts[i : i + _BATCH] for i in range(0, len(texts), _BATCH)]
        return np.concatenate([np.zeros((0, 384), np.float32), *map(self._encode, batches)])

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        encodings = self._tokenizer.encode_batch(list(texts))
        feeds = {
            "input_ids": np.array([encoding.ids for encoding in encodings], np.int64),
            "attention_mask": np.array([encoding.attention_mask for encoding in encodings], np.int64),
        }
        (vectors,) = self._session.run(["embedding"], feeds)
        return np.asarray(vectors, np.float32)
