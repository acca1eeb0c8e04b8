import numpy as np
import numpy.typing as npt

def resize_into(
    pixels: npt.NDArray[np.uint8],
    box: tuple[float, float, float, float],
    orientation: int,
    out: npt.NDArray[np.uint8],
) -> None: ...
def warp_into(
    pixels: npt.NDArray[np.uint8],
    matrix: npt.NDArray[np.float64],
    samples: int,
    out: npt.NDArray[np.uint8],
) -> None: ...
def laplacian_variances(
    grey: npt.NDArray[np.uint8], rows: npt.NDArray[np.intc], columns: npt.NDArray[np.intc]
) -> npt.NDArray[np.float64]: ...
def histogram(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]: ...
