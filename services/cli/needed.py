"""What must be on this machine before services can start: built and installed once, where people see it."""

from __future__ import annotations

from rich.console import Console

from inference_core.models.build import build_models, list_models
from inference_core.serving.install import install_triton
from services.adapters.pinned_program import PinnedProgram


def ensure_models() -> None:
    """Build what is missing, once; raise ModelError, which says what to do."""
    if all(model.path for model in list_models() if not model.spec.optional):
        return
    with Console(stderr=True).status("building the models, once") as status:
        build_models(progress=status.update)


def ensure_triton() -> None:
    """Install what is missing, once; raise ServingError, which says what to do."""
    console = Console(stderr=True)
    with console.status("looking for Triton"):
        # It takes minutes: a line that stays is seen in a log as well.
        install_triton(lambda step: console.print(f"{step} ..."))


def ensure(program: PinnedProgram) -> None:
    """Install what is missing, once; raise FailedPrecondition, which says what to do."""
    with Console(stderr=True).status(f"looking for {program.title}") as status:
        program.install(status.update)
