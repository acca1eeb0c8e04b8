"""Tokens of an issuer elsewhere: its keys come and go, and no token chooses how it is verified."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from pydantic import ValidationError

from services.domain.errors import Unauthenticated, Unavailable
from services.rpc.jwks import FRESH, PATIENCE, JwksVerifier
from services.rpc.settings import TokenSettings
from services.rpc.tokens import AUDIENCE, Expected, LocalIssuer

ISSUER = "https://login.example.org"
KEYS: dict[str, tuple[Any, str, Any]] = {
    "ed": (Ed25519PrivateKey.generate(), "EdDSA", OKPAlgorithm),
    "ec": (ec.generate_private_key(ec.SECP256R1()), "ES256", ECAlgorithm),
    "rsa": (rsa.generate_private_key(65537, 2048), "RS256", RSAAlgorithm),
}


def key_set(*names: str) -> bytes:
    keys = [json.loads(KEYS[n][2].to_jwk(KEYS[n][0].public_key())) | {"kid": n} for n in names]
    return json.dumps({"keys": keys}).encode()


def token(name: str, *, kid: str | None = None, algorithm: str = "", key: Any = None, **changes: Any) -> str:
    now = datetime.now(UTC)
    claims = {"sub": "ana", "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + timedelta(minutes=5)}
    private, own, _ = KEYS[name]
    headers = {"kid": kid or name}
    return jwt.encode(claims | changes, key or private, algorithm=algorithm or own, headers=headers)


class Source:
    """A key set in a file, and a clock that a test moves."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 0.0
        self.verifier = JwksVerifier(str(path), Expected(ISSUER), lambda: self.now)

    def holds(self, *names: str) -> None:
        self.path.write_bytes(key_set(*names))

    async def refuses(self, token: str) -> None:
        with pytest.raises(Unauthenticated, match="the token is not valid"):
            await self.verifier.owner(token)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    source = Source(tmp_path / "jwks.json")
    source.holds(*KEYS)
    return source


@pytest.mark.parametrize("name", KEYS)
async def test_a_token_of_each_kind_of_key_is_believed(source: Source, name: str) -> None:
    assert await source.verifier.owner(token(name)) == "ana"


async def test_a_key_that_is_new_is_found_and_one_that_is_gone_is_forgotten(source: Source) -> None:
    source.holds("ed")
    assert await source.verifier.owner(token("ed")) == "ana"
    source.holds("rsa")
    await source.refuses(token("rsa"))
    source.now += PATIENCE
    assert await source.verifier.owner(token("rsa")) == "ana"
    await source.refuses(token("ed"))


async def test_a_withdrawn_key_is_believed_for_a_while_at_most(source: Source) -> None:
    assert await source.verifier.owner(token("ed")) == "ana"
    source.holds("ec")
    source.now += FRESH
    await source.refuses(token("ed"))


async def test_made_up_key_ids_do_not_make_us_read_again(source: Source) -> None:
    await source.verifier.owner(token("ed"))
    source.path.unlink()
    for number in range(50):
        await source.refuses(token("ed", kid=f"made up {number}"))
    assert await source.verifier.owner(token("ed")) == "ana"


async def test_keys_outlive_an_outage_of_their_source_but_not_for_ever(source: Source) -> None:
    await source.verifier.owner(token("ed"))
    source.path.write_bytes(b"<html>try again</html>")
    source.now += FRESH
    assert await source.verifier.owner(token("ed")) == "ana"
    source.now += 3600
    with pytest.raises(Unavailable):
        await source.verifier.owner(token("ed"))


async def test_the_key_says_by_which_algorithm_never_the_token(source: Source) -> None:
    public = KEYS["ed"][0].public_key().public_bytes_raw()
    await source.refuses(token("ed", algorithm="HS256", key=public))
    await source.refuses(token("rsa", algorithm="RS512"))
    await source.refuses(token("rsa", algorithm="PS256"))
    await source.refuses(token("ec", kid="rsa"))
    claims = jwt.decode(token("ed"), options={"verify_signature": False})
    await source.refuses(jwt.encode(claims, None, algorithm="none", headers={"kid": "ed"}))
    await source.refuses(jwt.encode(claims, KEYS["ed"][0], algorithm="EdDSA"))


async def test_symmetric_keys_in_a_set_are_not_believed(source: Source) -> None:
    secret = b"k" * 32
    source.path.write_text(
        json.dumps({"keys": [{"kty": "oct", "k": "a2tra2tra2s", "kid": "ed", "alg": "HS256"}]})
    )
    await source.refuses(token("ed", algorithm="HS256", key=secret))


@pytest.mark.parametrize("changes", [{"iss": "elsewhere"}, {"aud": "another"}, {"sub": None}])
async def test_a_token_must_be_meant_for_us(source: Source, changes: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        await source.verifier.owner(token("ed", **changes))


async def test_the_clocks_may_differ_by_as_much_as_was_set(tmp_path: Path) -> None:
    (tmp_path / "jwks.json").write_bytes(key_set("ed"))
    settings = TokenSettings(jwks=str(tmp_path / "jwks.json"), issuer=ISSUER, clock_skew=120)
    verifier = settings.verifier(LocalIssuer(bytes(32)))
    late = datetime.now(UTC) - timedelta(seconds=100)
    assert await verifier.owner(token("ed", exp=late)) == "ana"
    with pytest.raises(Unauthenticated, match="expired"):
        await verifier.owner(token("ed", exp=late - timedelta(seconds=60)))


async def test_both_issuers_are_believed_each_for_its_own_tokens(tmp_path: Path) -> None:
    (tmp_path / "jwks.json").write_bytes(key_set("ed"))
    local = LocalIssuer(bytes(32))
    verifier = TokenSettings(jwks=str(tmp_path / "jwks.json"), issuer=ISSUER).verifier(local)
    assert await verifier.owner(token("ed")) == "ana"
    assert await verifier.owner(local.mint("ben")) == "ben"
    for wrong in (token("ed", iss="storyroll-local"), token("ed", iss="nobody"), "x", "x.y.z", ""):
        with pytest.raises(Unauthenticated, match="not valid"):
            await verifier.owner(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"jwks": "keys.json"},
        {"issuer": ISSUER},
        {"jwks": "http://login.example.org/keys", "issuer": ISSUER},
        {"jwks": "file:///etc/keys", "issuer": ISSUER},
        {"jwks": "keys.json", "issuer": "storyroll-local"},
    ],
)
def test_settings_that_cannot_be_trusted_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TokenSettings(**wrong)


@pytest.fixture
def address() -> Iterator[str]:
    """A key set behind HTTP on loopback."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(key_set("ed"))

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/jwks.json"
        server.shutdown()
        thread.join()


async def test_a_key_set_is_read_over_http(address: str) -> None:
    verifier = TokenSettings(jwks=address, issuer=ISSUER).verifier(LocalIssuer(bytes(32)))
    assert set(await asyncio.gather(*(verifier.owner(token("ed")) for _ in range(20)))) == {"ana"}
