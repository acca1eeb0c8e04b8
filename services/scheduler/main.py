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


def assemble(ports: Ports, settings: SchedulerSettings) -> Service:
    """Return the scheduler over these ports: one worker, no servicer."""
    limit_threads(settings.threads)
    planners = Planners(settings.planners, settings.seed)
    clock = OwnerClock(ports.clock, ZoneInfo(settings.default_time_zone))
    plan = PlanStories(ports.catalog, clock, ports.signals, ports.holidays, planners)
    scheduler = Scheduler(ports.bus, ports.catalog, clock.today, plan, settings.patience, forget=plan.forget)
    return Service(workers=(scheduler.run,))


def main() -> None:
    """Run the service as a process of its own, with its settings from the environment."""
    run_alone(lambda ports: assemble(ports, SchedulerSettings()))
