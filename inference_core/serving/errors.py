"""What can keep a server of our own from running; each message is a sentence for a person."""


class ServingError(Exception):
    """The server cannot be installed, started or kept; the message says what to do."""


class InstallFailed(ServingError):
    """This machine cannot take the server, or the package index did not deliver it."""


class ServerFailed(ServingError):
    """The server did not come up, or ended."""
