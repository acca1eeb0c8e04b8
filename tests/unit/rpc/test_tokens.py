"""Only tokens of the right issuer, algorithm, audience and time are believed."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.domain.errors import Unauthenticated
from services.rpc.tokens import AUDIENCE, LOCAL_ISSUER, LocalIssuer

SEED = bytes(range(32))


def token(key: Any = None, algorithm: str = "EdDSA", drop: str = "", **changes: Any) -> str:
    now = datetime.now(UTC)
    claims: dict[str, Any] = {
        "sub": "ana",
        "iss": LOCAL_ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + timedelta(minutes=5),
    } | changes
    claims.pop(drop, None)
    return jwt.encode(claims, key or Ed25519PrivateKey.from_private_bytes(SEED), algorithm=algorithm)


def owner(token: str) -> str:
    return asyncio.run(LocalIssuer(SEED).verifier().owner(token))


def test_a_minted_token_is_believed() -> None:
    assert owner(LocalIssuer(SEED).mint("ana@example.org")) == "ana@example.org"


def test_the_clock_may_be_a_little_off() -> None:
    assert owner(token(exp=datetime.now(UTC) - timedelta(seconds=20))) == "ana"


@pytest.mark.parametrize("missing", ["sub", "iss", "aud", "iat", "exp"])
def test_every_claim_is_required(missing: str) -> None:
    with pytest.raises(Unauthenticated, match="not valid"):
        owner(token(drop=missing))


@pytest.mark.parametrize("changes", [{"iss": "somebody"}, {"aud": "elsewhere"}])
def test_tokens_for_others_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated, match="not valid"):
        owner(token(**changes))


def test_an_expired_token_says_so() -> None:
    with pytest.raises(Unauthenticated, match="expired"):
        owner(token(exp=datetime.now(UTC) - timedelta(seconds=40)))


def test_another_key_is_refused() -> None:
    with pytest.raises(Unauthenticated, match="not valid"):
        owner(token(key=Ed25519PrivateKey.generate()))


def test_no_algorithm_is_refused() -> None:
    header, payload, _ = token().split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
    with pytest.raises(Unauthenticated, match="not valid"):
        owner(f"{header}.{payload}.")


def test_a_token_keyed_with_the_public_key_is_refused() -> None:
    public = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
    with pytest.raises(Unauthenticated, match="not valid"):
        owner(token(key=public, algorithm="HS256"))


@pytest.mark.parametrize("name", ["", "..", "a/b", "a b", "x" * 129, ".hidden", "ana\n"])
def test_owners_that_could_be_paths_are_refused(name: str) -> None:
    with pytest.raises(Unauthenticated):
        LocalIssuer(SEED).mint(name)
    with pytest.raises(Unauthenticated):
        owner(token(sub=name))


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "é.é.é", "\x00"])
def test_noise_is_refused(text: str) -> None:
    with pytest.raises(Unauthenticated):
        owner(text)
