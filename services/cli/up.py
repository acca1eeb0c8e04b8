"""`storyroll up`: every service on one port, in one process or each in its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import typer

from services.cli.failures import told_plainly
from services.cli.session import DatabaseOption, DataOption
from services.domain.leases import PARTITIONS
from services.rpc.data_folder import DEFAULT_ADDRESS, DataFolder
from services.rpc.logs import LogFormat, log_from


def up(
    context: typer.Context,
    data: DataOption,
    *,
    stack: Annotated[
        bool,
        typer.Option(
            "--stack",
            help="Run each service as a process of its own behind one port, with PostgreSQL, SeaweedFS, NATS "
            "and Triton of our own, unless --database, --blobs, --bus or --vision name others; all of them "
            "are installed on first use.",
        ),
    ] = False,
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
            help="Serve metrics for Prometheus on this port, and with --stack on those above it; 0 takes "
            "a free one.",
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
    schedulers: Annotated[
        int,
        typer.Option(
            envvar="STORYROLL_SCHEDULERS",
            min=1,
            max=PARTITIONS,
            help="With --stack: how many processes plan stories, which divide owners among themselves.",
        ),
    ] = 1,
    log_level: Annotated[str, typer.Option(envvar="STORYROLL_LOG", help="DEBUG, INFO, …")] = "WARNING",
    log_format: Annotated[
        LogFormat,
        typer.Option(envvar="STORYROLL_LOG_FORMAT", help="text for people, or json: one object a line."),
    ] = LogFormat.TEXT,
) -> None:
    """Run everything until Ctrl-C, in one process or with --stack; then let what is under way finish."""
    # Only this command needs the models and stores: the others start without loading them.
    from services.adapters.blob_host import known_blob_host
    from services.adapters.bus_choice import known_bus_host
    from services.adapters.vision_host import known_host
    from services.cli.stack.supervisor import run_stack
    from services.cli.whole import run_everything
    from services.rpc.alone import Places
    from services.rpc.settings import ServerSettings

    for known, place, option in (
        (known_host, vision, "--vision"),
        (known_blob_host, blobs, "--blobs"),
        (known_bus_host, bus, "--bus"),
    ):
        try:
            known(place)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint=option) from None
    log_from(log_level.upper(), log_format)
    places = Places(vision, blobs, database, bus)
    with told_plainly():
        settings = ServerSettings(listen=listen, metrics_port=metrics_port)
        day = today.date() if today else None
        if stack:
            own = {"STORYROLL_LOG": log_level, "STORYROLL_LOG_FORMAT": log_format.value}
            own |= {"STORYROLL_TODAY": day.isoformat()} if day else {}
            chosen = replace(places, vision=vision if _given(context, "vision") else "")
            run_stack(
                DataFolder(data),
                settings,
                chosen,
                own,
                gateway_port=gateway_port,
                log_format=log_format,
                schedulers=schedulers,
            )
        else:
            run_everything(DataFolder(data), settings, places, today=day, gateway_port=gateway_port)


def _given(context: typer.Context, option: str) -> bool:
    """Tell whether somebody gave an option, or the variable in its place."""
    source = context.get_parameter_source(option)
    return source is not None and source.name != "DEFAULT"
