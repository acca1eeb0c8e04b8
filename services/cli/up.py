"""`storyroll up`: every service in one process, on one port."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Annotated

import typer

from services.cli.failures import told_plainly
from services.cli.session import DatabaseOption, DataOption
from services.rpc.data_folder import DEFAULT_ADDRESS, DataFolder

_OUR_LOGGERS = ("services", "inference_core", "storyroll")


def up(
    data: DataOption,
    *,
    listen: Annotated[
        str, typer.Option(envvar="STORYROLL_LISTEN", help="host:port; port 0 takes a free one.")
    ] = DEFAULT_ADDRESS,
    today: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day on which stories are proposed, for trials."),
    ] = None,
    vision: Annotated[
        str,
        typer.Option(
            envvar="STORYROLL_VISION",
            help="Where the models run: local (in this process), triton (a server of our own, installed on "
            "first use) or grpc://host:port (a Triton that runs elsewhere; the connection is not encrypted).",
        ),
    ] = "local",
    blobs: Annotated[
        str,
        typer.Option(
            envvar="STORYROLL_BLOBS",
            help="Where originals are kept, sealed: folder (in --data), seaweedfs (an S3 server of our own, "
            "installed on first use) or s3://bucket/prefix, whose server and keys are STORYROLL_S3_ENDPOINT, "
            "STORYROLL_S3_ACCESS_KEY and STORYROLL_S3_SECRET_KEY.",
        ),
    ] = "folder",
    database: DatabaseOption = "sqlite",
    metrics_port: Annotated[
        int | None,
        typer.Option(
            envvar="STORYROLL_METRICS_PORT",
            min=0,
            max=65535,
            help="Serve metrics for Prometheus at 127.0.0.1, on this port; 0 takes a free one.",
        ),
    ] = None,
    gateway_port: Annotated[
        int | None,
        typer.Option(
            envvar="STORYROLL_GATEWAY_PORT",
            min=0,
            max=65535,
            help="Show shared stories to browsers at 127.0.0.1, on this port; 0 takes a free one.",
        ),
    ] = None,
    log_level: Annotated[str, typer.Option(envvar="STORYROLL_LOG", help="DEBUG, INFO, …")] = "WARNING",
) -> None:
    """Run everything in one process until Ctrl-C; then let what is under way finish."""
    # Only this command needs the models and stores: the others start without loading them.
    from services.adapters.blob_host import known_blob_host
    from services.adapters.vision_host import known_host
    from services.cli.whole import run_everything
    from services.rpc.alone import Places

    try:
        known_host(vision)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--vision") from None
    try:
        known_blob_host(blobs)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--blobs") from None

    _log_from(log_level.upper())
    with told_plainly():
        places = Places(vision, blobs, database)
        run_everything(
            DataFolder(data), listen, today, places, metrics_port=metrics_port, gateway_port=gateway_port
        )


def _log_from(level: str) -> None:
    """Log what our own parts say from this level on, and warnings of others.

    Others are not to be talkative: at DEBUG database drivers log values and picture libraries log EXIF tags.
    """
    logging.basicConfig(level="WARNING", format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for ours in _OUR_LOGGERS:
        logging.getLogger(ours).setLevel(level)
