"""`storyroll up`: every service in one process, on one port."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from services.cli.failures import told_plainly
from services.cli.session import DatabaseOption, DataOption
from services.rpc.data_folder import DEFAULT_ADDRESS, DataFolder
from services.rpc.logs import log_from


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
    bus: Annotated[
        str,
        typer.Option(
            envvar="STORYROLL_BUS",
            help="How services hear of each other: outbox (in the database), nats (a server of our own, "
            "installed on first use) or nats://host:4222, whose token is STORYROLL_NATS_TOKEN.",
        ),
    ] = "outbox",
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
    from services.adapters.bus_choice import known_bus_host
    from services.adapters.vision_host import known_host
    from services.cli.whole import run_everything
    from services.rpc.alone import Places

    for known, place, option in (
        (known_host, vision, "--vision"),
        (known_blob_host, blobs, "--blobs"),
        (known_bus_host, bus, "--bus"),
    ):
        try:
            known(place)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint=option) from None
    log_from(log_level.upper())
    with told_plainly():
        places = Places(vision, blobs, database, bus)
        run_everything(
            DataFolder(data), listen, today, places, metrics_port=metrics_port, gateway_port=gateway_port
        )
