import numpy as np
import numpy.typing as npt

class Header:
    """What the markers before the scan say.

    Attributes:
        status: 0 where `decode` can decode the file; else an `srj_status`, see `header.h`.
        size: Stored (width, height).
        orientation: Of EXIF, 1..8; 0 where it says none.
        sampling: (horizontal, vertical) factor of each component.
        icc_chunks: How many segments carry the colour profile.
        icc: Where the first of them lies in the file.
        xmp: Where the XMP packet lies in the file; empty where there is none.
    """

    status: int
    size: tuple[int, int]
    orientation: int
    sampling: tuple[tuple[int, int], ...]
    icc_chunks: int
    icc: slice
    xmp: slice
    def __init__(self, data: bytes) -> None: ...

class Planes:
    """Decoded components (Y, or Y, Cb and Cr), each at a scale of its own.

    Attributes:
        samples: Copies, int16 [rows, columns] for each, eighths of a level with 0 for 128; whole MCUs.
        total: MCUs down to the end of the region.
        missing: How many of them could not be decoded.
        cut: Whether the file ends without a marker behind the scan.
        split: Whether a second thread had a part in it.
    """

    total: int
    missing: int
    cut: bool
    split: bool
    @property
    def samples(self) -> tuple[npt.NDArray[np.int16], ...]: ...
    def resize_into(
        self, box: tuple[float, float, float, float], out: npt.NDArray[np.uint8], orientation: int
    ) -> None:
        """Fill `out` with a box in full-size stored coordinates, turned upright.

        Args:
            box: Inside the picture.
            out: uint8 [3, h, w], or [1, h, w] for luma.
            orientation: Of EXIF.
        """

    def warp_into(self, matrix: npt.NDArray[np.float64], samples: int, out: npt.NDArray[np.uint8]) -> None:
        """Fill `out` through a map from its coordinates to full-size stored ones."""

def decode(
    data: bytes,
    header: Header,
    luma: int,
    chroma: int,
    box: tuple[float, float, float, float] | None = None,
    threads: int = 1,
) -> Planes:
    """Decode to planes.

    Args:
        data: The whole file.
        header: Of that file, with status 0.
        luma: Samples on a side of a luma block: 1, 2, 4 or 8.
        chroma: The same for Cb and Cr.
        box: Full-size stored coordinates; only the MCUs that it touches, and one around, are kept.
        threads: 2 nearly halves the time where blocks of luma have at most 2 samples on a side; the samples
            are the same. Without restart markers in the file one thread decodes boxes, chroma blocks of 8
            samples and what is short all the same.

    Raises:
        ValueError: The header's status is not 0, or the sizes or threads are others.
        MemoryError: There is not enough for the planes.
    """
