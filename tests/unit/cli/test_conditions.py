"""When a sync may send."""

from __future__ import annotations

import asyncio
from datetime import datetime, time
from pathlib import Path

import pytest

from services.adapters.connectivity import LinuxConnectivity
from services.cli.sync.conditions import Conditions, Gate, Hours
from services.domain.ports import Link

ROUTES = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [("09:00-17:30", ["09:00", "17:29"], ["08:59", "17:30"]), ("22:00-06:00", ["23:00", "05:59"], ["06:00"])],
)
def test_hours_may_go_beyond_midnight(window: str, inside: list[str], outside: list[str]) -> None:
    hours = Hours.parse(window)
    assert str(hours) == window
    assert all(time.fromisoformat(moment) in hours for moment in inside)
    assert not any(time.fromisoformat(moment) in hours for moment in outside)


@pytest.mark.parametrize("text", ["", "22:00", "22-", "25:00-26:00", "09:00-09:00", "a-b-c"])
def test_what_are_no_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="give them as 22:00-06:00"):
        Hours.parse(text)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine with every kind of interface, and no route yet."""
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "proc/net/route").write_text(ROUTES)
    net = tmp_path / "sys/class/net"
    for name, inside in {"wlan0": "wireless", "eth0": "device", "wwan0": "device", "tun0": "queues"}.items():
        (net / name / inside).mkdir(parents=True)
        (net / name / "uevent").write_text("DEVTYPE=wwan\n" if name == "wwan0" else f"INTERFACE={name}\n")
    return tmp_path


def route(machine: Path, *interfaces: str) -> LinuxConnectivity:
    lines = [
        f"{name}\t00000000\t0102A8C0\t0003\t0\t0\t{i}\t00000000\t0\t0\t0\n"
        for i, name in enumerate(interfaces)
    ]
    (machine / "proc/net/route").write_text(ROUTES + "".join(lines))
    return LinuxConnectivity(machine)


@pytest.mark.parametrize(
    ("interface", "link"),
    [("wlan0", Link.WIFI), ("eth0", Link.WIRED), ("wwan0", Link.MOBILE), ("tun0", Link.UNKNOWN)],
)
def test_the_link_is_that_of_the_default_route(machine: Path, interface: str, link: Link) -> None:
    assert route(machine, interface, "eth0").link() is link


def test_a_default_route_of_ipv6_alone_counts(machine: Path) -> None:
    zero = "0" * 32
    (machine / "proc/net/ipv6_route").write_text(
        f"{zero} 00 {zero} 00 {'f' * 32} 00000400 00000001 00000000 00000003 wlan0\n"
    )
    assert LinuxConnectivity(machine).link() is Link.WIFI


def test_no_route_is_no_network_and_no_linux_is_unknown(machine: Path, tmp_path: Path) -> None:
    assert route(machine).link() is Link.NONE
    assert LinuxConnectivity(tmp_path / "elsewhere").link() is Link.UNKNOWN


@pytest.mark.parametrize(("said", "link"), [("yes", Link.METERED), ("no", Link.WIFI), ("unknown", Link.WIFI)])
def test_what_network_manager_calls_metered_is_not_free(
    machine: Path, monkeypatch: pytest.MonkeyPatch, said: str, link: Link
) -> None:
    program = machine / "bin/nmcli"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho {said}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    assert route(machine, "wlan0").link() is link


@pytest.mark.parametrize(
    ("interface", "why"), [("wwan0", "mobile"), ("tun0", "leave out --wifi-only"), ("wlan0", None)]
)
def test_nothing_is_sent_on_other_links_nor_on_unknown_ones(
    machine: Path, interface: str, why: str | None
) -> None:
    obstacle = Conditions(connectivity=route(machine, interface)).obstacle()
    assert (why in obstacle) if why and obstacle else obstacle is why


async def test_the_gate_opens_when_its_hour_comes_and_says_once_what_it_waits_for() -> None:
    now, told = [datetime(2024, 5, 3, 21)], []
    conditions = Conditions((Hours.parse("22:00-06:00"),), clock=lambda: now[0])
    gate = Gate(conditions, told.append, poll=0.01)
    waiting = asyncio.create_task(gate.passed())
    await asyncio.sleep(0.1)
    assert not waiting.done()
    now[0] = datetime(2024, 5, 3, 22)
    await asyncio.wait_for(waiting, 5)
    assert told == ["waiting, for it is not 22:00-06:00"]
