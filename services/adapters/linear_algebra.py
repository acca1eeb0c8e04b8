"""How many threads NumPy's linear algebra may take in this process."""

from __future__ import annotations

from threadpoolctl import threadpool_limits


def limit_threads(threads: int) -> None:
    """Let every matrix product of this process use at most so many threads, from now on.

    The products of planning are small: with a thread for each core they take longer, and from everybody else.
    """
    threadpool_limits(limits=threads, user_api="blas")
