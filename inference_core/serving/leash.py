"""Becomes another program that dies with the process that started it.

Run as a script, never imported: `leash.py [--group] PARENT PROGRAM ARGUMENT...`, PARENT being the process
that shall be outlived by nobody. With `--group` all that the program starts dies with it too. It is read
before anything of ours is on the path, and knows the standard library alone.
"""

import ctypes
import os
import select
import signal
import sys

_PR_SET_PDEATHSIG = 1
_GROUP = "--group"


def main() -> None:
    """Take the leash and become the program."""
    words = sys.argv[1:]
    whole_group = words[0] == _GROUP
    parent, *program = words[whole_group:]
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):
        sys.exit("whoever wanted this program has died before it began")
    if whole_group:
        ends = (os.pidfd_open(int(parent)), os.pidfd_open(os.getpid()))
        if os.fork() == 0:
            _end_group_after_any(ends)
        for end in ends:
            os.close(end)
    os.execv(program[0], program)  # noqa: S606 - the words come from our own supervisor


def _end_group_after_any(ends: tuple[int, ...]) -> None:
    """Wait until one of these processes has ended; then end our group, ourselves included."""
    poll = select.poll()
    for end in ends:
        poll.register(end, select.POLLIN)
    poll.poll()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
