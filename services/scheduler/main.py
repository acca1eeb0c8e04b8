"""The composition root of the scheduler."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from services.adapters.bundle import Ports
from services.adapters.linear_algebra import limit_threads
from services.rpc.alone import run_alone
from services.rpc.service import Service
from services.scheduler.owner_clock import OwnerClock
from services.scheduler.plan_stories import PlanStories
from services.scheduler.planners import Planners
from services.scheduler.scheduler import Scheduler
from services.scheduler.settings import SchedulerSettings
from services.scheduler.territory import Territory


def assemble(ports: Ports, settings: SchedulerSettings) -> Service:
    """Return the scheduler over these ports: one worker, no servicer."""
    limit_threads(settings.threads)
    planners = Planners(settings.planners, settings.seed, ports.observer)
    clock = OwnerClock(ports.clock, ZoneInfo(settings.default_time_zone))
    territory = Territory(ports.leases, settings.lease_seconds)
    plan = PlanStories(
        ports.catalog,
        clock,
        ports.signals,
        ports.holidays,
        planners,
        lease_of=territory.lease_of,
        observer=ports.observer,
    )
    scheduler = Scheduler(
        ports.bus,
        ports.catalog,
        territory,
        clock.today,
        plan,
        patience=settings.patience,
        forget=plan.forget,
        observer=ports.observer,
    )
    return Service(workers=(scheduler.run,))


def main() -> None:
    """Run the service as a process of its own, with its settings from the environment."""
    run_alone("scheduler", lambda ports: assemble(ports, SchedulerSettings()))
