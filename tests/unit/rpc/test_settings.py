"""A server is safe unless told otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.rpc.settings import ServerSettings


@pytest.mark.parametrize("listen", ["127.0.0.1:8400", "localhost:0", "[::1]:8400", "unix:/run/storyroll"])
def test_loopback_needs_no_tls(listen: str) -> None:
    assert ServerSettings(listen=listen).listen == listen


def test_the_world_needs_tls_or_a_decision() -> None:
    with pytest.raises(ValidationError, match="without TLS"):
        ServerSettings(listen="0.0.0.0:8400")
    ServerSettings(listen="0.0.0.0:8400", allow_plaintext=True)
    ServerSettings(listen="0.0.0.0:8400", tls_certificate=Path("c.pem"), tls_key=Path("k.pem"))


def test_half_of_tls_is_none() -> None:
    with pytest.raises(ValidationError, match="give both"):
        ServerSettings(tls_certificate=Path("c.pem"))
