"""Becomes another program that does not see itself as root.

Run as a script, never imported: `unrooted.py PROGRAM ARGUMENT...`. PostgreSQL refuses to run as root, and
rightly so. In a user namespace of its own, where nobody is root, it has no capability over the machine, while
files are still ours to the kernel: so they may lie below folders that no other user can enter, and no second
user is needed. It is read before anything of ours is on the path, and knows the standard library alone.
"""

import ctypes
import os
import sys
from pathlib import Path

_CLONE_NEWUSER = 0x10000000
_NOBODY = 65534


def main() -> None:
    """Leave root behind, where we are it, and become the program."""
    if os.geteuid() == 0:
        group = os.getegid()
        if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER):
            sys.exit(
                f"PostgreSQL does not run as root, and this machine allows no user namespace "
                f"({os.strerror(ctypes.get_errno())}): start Storyroll as another user"
            )
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/gid_map").write_text(f"{_NOBODY} {group} 1")
        Path("/proc/self/uid_map").write_text(f"{_NOBODY} 0 1")
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - the words come from our own supervisor


if __name__ == "__main__":
    main()
