from inference_core.preprocess.jpeg._planes import Planes

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
