"""What locust runs: `python -m loadtests` starts a stack for it, else give --host and STORYROLL_DATA."""

from __future__ import annotations

from typing import Any

import grpc.experimental.gevent

# Before any channel: gRPC must wait as gevent does, or one call would hold up all users.
grpc.experimental.gevent.init_gevent()

from locust import events  # noqa: E402
from locust.env import Environment  # noqa: E402

from loadtests.limits import goals  # noqa: E402
from loadtests.people import Browser, Watcher  # noqa: E402
from loadtests.phones import DirectPhone, Phone  # noqa: E402

__all__ = ["Browser", "DirectPhone", "Phone", "Watcher"]


@events.quitting.add_listener
def judge(environment: Environment, **_: Any) -> None:
    """Say how the limits were held; a run that broke one ends with 1."""
    judged = list(goals(environment.stats))
    print("\n".join(map(str, judged)), flush=True)
    environment.process_exit_code = 0 if all(goal.met for goal in judged) else 1
