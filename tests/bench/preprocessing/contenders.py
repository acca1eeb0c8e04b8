"""Who is measured, and in which environment each of them lives."""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench.preprocessing.tasks import OVERSAMPLING

OURS = "Storyroll"


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to preprocess.

    Attributes:
        name: As the tables call it.
        module: The module of `libraries`.
        peer: The name of its requirements in `tests/bench/peers`; empty for this project.
        factory: The function of the module that makes decoders.
        oversampling: How many decoded pixels it must leave for each pixel of an output.
        decodes_all: Whether it decodes every pixel, whatever the outputs need.
    """

    name: str
    module: str
    peer: str
    factory: str = "decoder"
    oversampling: float = OVERSAMPLING
    decodes_all: bool = False

    @property
    def hurried(self) -> bool:
        """Whether it keeps less oversampling than this project does, and so is blurred or aliased."""
        return self.oversampling < OVERSAMPLING


PILLOW = "Pillow, plain"

SPLIT = Contender(OURS, "storyroll", "", "split_decoder")
"""This project with two threads for one photo; it is measured against itself."""

CONTENDERS = (
    Contender(OURS, "storyroll", ""),
    Contender("Pillow, draft", "pillow", "pillow"),
    Contender(PILLOW, "pillow", "pillow", "plain", decodes_all=True),
    Contender("pillow-simd, draft", "pillow", "pillow-simd"),
    Contender("pillow-simd, plain", "pillow", "pillow-simd", "plain", decodes_all=True),
    Contender("OpenCV, reduced", "opencv", "opencv"),
    Contender("simplejpeg, scaled", "simplejpeg", "simplejpeg"),
    Contender("PyTurboJPEG, scaled", "pyturbojpeg", "pyturbojpeg"),
    Contender("pyvips", "pyvips", "pyvips"),
    Contender("DALI on the CPU", "dali", "dali", decodes_all=True),
    Contender("pillow-simd, draft, hurried", "pillow", "pillow-simd", oversampling=1.0),
    Contender("OpenCV, reduced, hurried", "opencv", "opencv", oversampling=1.0),
    Contender("simplejpeg, scaled, hurried", "simplejpeg", "simplejpeg", oversampling=1.0),
)
"""Every one of them is measured on every workload that it can do; a hurried one where it differs."""
