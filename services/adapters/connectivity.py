"""How a Linux machine reaches the network: by its default route, and what NetworkManager says of its cost."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

from services.domain.ports import Link

_UP: Final = 0x1
_MOBILE: Final = ("DEVTYPE=wwan",)
_METERED: Final = ("yes", "yes (guessed)")
_NMCLI_S: Final = 5.0


class LinuxConnectivity:
    """Fulfils `ports.Connectivity`; elsewhere than on Linux, and behind a tunnel, it knows nothing."""

    def __init__(self, system: Path = Path("/")) -> None:
        self._routes = system / "proc/net"
        self._interfaces = system / "sys/class/net"
        self._nmcli = shutil.which("nmcli")

    def link(self) -> Link:
        """Return what the default route of the lowest metric goes through."""
        if not (self._routes / "route").exists():
            return Link.UNKNOWN
        interface = self._default_interface()
        if interface is None:
            return Link.NONE
        kind = self._kind(self._interfaces / interface)
        return Link.METERED if kind in (Link.WIFI, Link.WIRED) and self._metered(interface) else kind

    def _default_interface(self) -> str | None:
        routes = [
            (int(fields[6]), fields[0])
            for fields in _rows(self._routes / "route")[1:]
            if fields[1] == "00000000" and int(fields[3], 16) & _UP
        ] or [
            (int(fields[5], 16), fields[9])
            for fields in _rows(self._routes / "ipv6_route")
            if fields[0] == "0" * 32 and fields[1] == "00" and int(fields[8], 16) & _UP and fields[9] != "lo"
        ]
        return min(routes)[1] if routes else None

    def _kind(self, interface: Path) -> Link:
        said = _text(interface / "uevent").split()
        if any(word in said for word in _MOBILE):
            return Link.MOBILE
        if (interface / "wireless").exists() or (interface / "phy80211").exists():
            return Link.WIFI
        # Tunnels and bridges have no device below them: what carries them is not said.
        return Link.WIRED if (interface / "device").exists() else Link.UNKNOWN

    def _metered(self, interface: str) -> bool:
        if not self._nmcli:
            return False
        command = [self._nmcli, "--get-values", "GENERAL.METERED", "device", "show", interface]
        try:
            said = subprocess.run(  # noqa: S603 - a program of the system, no shell
                command, capture_output=True, text=True, timeout=_NMCLI_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return said.stdout.strip() in _METERED


def _rows(path: Path) -> list[list[str]]:
    return [line.split() for line in _text(path).splitlines() if line.strip()]


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
