"""Becomes another program that dies with the process that started it.

Run as a script, never imported: `leash.py PARENT PROGRAM ARGUMENT...`, PARENT being the process that shall be
outlived by nobody. It is read before anything of ours is on the path, and knows the standard library alone.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Take the leash and become the program."""
    parent, *program = sys.argv[1:]
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):
        sys.exit("whoever wanted this program has died before it began")
    os.execv(program[0], program)  # noqa: S606 - the words come from our own supervisor


if __name__ == "__main__":
    main()
