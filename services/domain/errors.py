"""Every way in which Storyroll says no, as types; `services.rpc` turns each into a status."""

from __future__ import annotations

from collections.abc import Sequence


class StoryrollError(Exception):
    """Base of all domain errors; its message is safe to show to the caller."""


class InvalidArgument(StoryrollError):
    """The request itself cannot be right, whatever the state of the system."""


class UnsupportedMediaType(InvalidArgument):
    """The file is of a type that we do not read."""

    def __init__(self, given: str, supported: Sequence[str]) -> None:
        super().__init__(f"media type {given!r} is not supported; supported: {', '.join(supported)}")
        self.given = given
        self.supported = tuple(supported)


class MediaTooLarge(InvalidArgument):
    """The file's own header promises more pixels, seconds or bytes than we accept."""


class Unauthenticated(StoryrollError):
    """The call carries no valid proof of who makes it."""


class PermissionDenied(StoryrollError):
    """The caller is known but may never do this."""


class NotFound(StoryrollError):
    """There is no such thing, or it is somebody else's: callers cannot tell which."""


class AlreadyExists(StoryrollError):
    """A thing of this name or key exists already."""


class ConsentRequired(StoryrollError):
    """The owner has not granted the scope that this needs."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"the owner has not granted {scope.upper()}")
        self.scope = scope


class FailedPrecondition(StoryrollError):
    """The system is not in the state that the operation needs; retrying alone will not help."""


class WrongOffset(StoryrollError):
    """A chunk does not start where the committed bytes end, or goes beyond the declared size."""

    def __init__(self, given: int, committed: int, message: str = "") -> None:
        super().__init__(message or f"chunk starts at byte {given}; the next byte wanted is {committed}")
        self.committed = committed


class CorruptUpload(StoryrollError):
    """Bytes did not arrive as they were sent: a CRC32C or the SHA-256 differs."""

    def __init__(self, message: str, committed: int) -> None:
        super().__init__(message)
        self.committed = committed


class QuotaExceeded(StoryrollError):
    """The owner has reached a limit."""

    def __init__(self, limit: str, retry_after: float | None = None) -> None:
        super().__init__(f"limit reached: {limit}")
        self.limit = limit
        self.retry_after = retry_after


class Conflict(StoryrollError):
    """Somebody else changed the same thing at the same time; read again and retry."""


class LeaseLost(StoryrollError):
    """The owner is somebody else's to work on by now: nothing was stored, and they do it."""


class Unavailable(StoryrollError):
    """A part that we depend on is away; the same call may succeed later."""

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnreadableMedia(StoryrollError):
    """The bytes cannot be understood as the picture or video that they claim to be."""


class SealBroken(StoryrollError):
    """A sealed record cannot be opened: its key was destroyed or its bytes were changed."""
