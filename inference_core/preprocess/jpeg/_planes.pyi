import numpy as np
import numpy.typing as npt

class Planes:
    """Decoded components (Y, or Y, Cb and Cr), each at a scale of its own.

    Attributes:
        samples: Copies, int16 [rows, columns] for each, eighths of a level with 0 for 128; whole MCUs.
        total: MCUs down to the end of the region.
        missing: How many of them could not be decoded.
        cut: Whether some are missing, and the file ends without a marker behind the scan.
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
