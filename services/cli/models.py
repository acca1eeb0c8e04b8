"""`storyroll models`: the weights that pictures are looked at with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.cli.consent import JsonOption
from services.cli.failures import told_plainly
from services.cli.views import print_json

app = typer.Typer(no_args_is_help=True, help="Build, list and export the models.")
_console = Console(stderr=True)


@app.command("build")
def build(
    names: Annotated[list[str] | None, typer.Argument(help="Which; all that are needed by default.")] = None,
) -> None:
    """Fetch the pinned packages and build the models that are not built yet."""
    from inference_core.models.build import build_models

    with told_plainly(), _console.status("building the models") as status:
        built = build_models(names or None, progress=status.update)
    print(f"{len(built)} models are ready")


@app.command("export")
def export(
    target: Annotated[
        str,
        typer.Option(
            help="wheel (python backend, CPU), container (onnxruntime backend, GPU) or tensorrt (the same, "
            "with TensorRT in half precision)."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="The folder to write; by default one in the cache folder.")
    ] = None,
    instances: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Batches of a model side by side; by default one for each core (up to 8), one on a GPU.",
        ),
    ] = None,
) -> None:
    """Write a model repository for a Triton Inference Server."""
    from inference_core.models.repository import default_repository, write_repository

    with told_plainly():
        folder = out or default_repository(target)
        names = write_repository(target, folder, instances=instances)
    print(f"{len(names)} models for the {target} are in {folder}")


@app.command("list")
def list_(json: JsonOption = False) -> None:
    """List the models: what each is for, where it comes from, its licence, whether it is built."""
    from inference_core.models.build import list_models

    with told_plainly():
        known = list_models()
    if json:
        print_json(
            [
                {
                    "name": model.spec.name,
                    "purpose": model.spec.purpose,
                    "licence": model.spec.licence,
                    "path": str(model.path) if model.path else None,
                }
                for model in known
            ]
        )
        return
    table = Table("name", "purpose", "licence", "built")
    for model in known:
        table.add_row(model.spec.name, model.spec.purpose, model.spec.licence, "yes" if model.path else "no")
    Console().print(table)
