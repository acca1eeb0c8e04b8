"""What can go wrong between the bytes of a picture and its analysis."""


class UnreadableImage(Exception):
    """One picture or video cannot be read; nothing else is affected.

    Attributes:
        reason: A short sentence for the owner of the file, free of paths and stack traces.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ImageTooLarge(UnreadableImage):
    """The header declares more pixels, or a longer video, than is ever decoded."""


class IsolatedCrash(UnreadableImage):
    """The worker process died, hung or ran out of memory over this one input."""


class ModelsFailed(UnreadableImage):
    """The models work, but fail on this one picture."""


class Unavailable(Exception):
    """Nothing can be analysed now, whatever the picture; later it may be.

    Attributes:
        retry_after: Seconds after which to try again is worth while.
    """

    def __init__(self, message: str, retry_after: float = 5.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class WorkersUnavailable(Unavailable):
    """No worker process could be started."""


class EngineUnavailable(Unavailable):
    """The engine cannot run this model at all now: not built, not loaded, server away."""


class InferenceFailed(Exception):
    """The engine refused or failed one batch; other batches may well succeed."""
