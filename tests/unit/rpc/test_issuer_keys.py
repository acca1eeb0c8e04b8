"""A new key signs; tokens of the one before are believed for a while, and only then no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from services.domain.errors import FailedPrecondition, Unauthenticated
from services.rpc import issuer_keys
from services.rpc.issuer_keys import IssuerKeys
from services.rpc.tokens import ALGORITHM, AUDIENCE, LOCAL_ISSUER, LocalIssuer

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def keys(tmp_path: Path) -> IssuerKeys:
    return IssuerKeys(tmp_path)


async def believed(keys: IssuerKeys, token: str) -> bool:
    try:
        return await keys.issuer().verifier().owner(token) == "ana"
    except Unauthenticated:
        return False


async def test_after_a_rotation_both_keys_are_believed_and_the_new_one_signs(keys: IssuerKeys) -> None:
    before = keys.issuer()
    old = before.mint("ana")
    after = keys.rotate(NOW)
    assert after.signs_with.id != before.signs_with.id
    assert jwt.get_unverified_header(after.mint("ana"))["kid"] == after.signs_with.id
    assert await believed(keys, old)
    assert await believed(keys, after.mint("ana"))


async def test_a_retired_key_is_believed_for_its_time_not_for_that_of_its_tokens(
    keys: IssuerKeys,
) -> None:
    old = keys.issuer().mint("ana", timedelta(days=300))
    keys.rotate(NOW - 2 * HOUR, kept=HOUR)
    assert not await believed(keys, old)


async def test_several_rotations_keep_what_is_still_believed(keys: IssuerKeys) -> None:
    tokens = []
    for _ in range(3):
        tokens.append(keys.issuer().mint("ana"))
        keys.rotate(NOW)
    assert [await believed(keys, token) for token in tokens] == [True] * 3
    keys.rotate(NOW + 24 * HOUR)
    assert [await believed(keys, token) for token in tokens] == [False] * 3


async def test_a_key_in_wrong_hands_is_refused_at_once_with_all_before_it(keys: IssuerKeys) -> None:
    tokens = [keys.issuer().mint("ana")]
    tokens.append(keys.rotate(NOW).mint("ana"))
    keys.rotate(NOW, kept=timedelta(0))
    assert [await believed(keys, token) for token in tokens] == [False] * 2


async def test_a_token_cannot_choose_its_key(keys: IssuerKeys) -> None:
    """Naming a key that is believed does not help whoever cannot sign with it."""
    stranger = LocalIssuer(LocalIssuer.new_seed())
    claims = {"sub": "ana", "iss": LOCAL_ISSUER, "aud": AUDIENCE, "iat": NOW, "exp": NOW + HOUR}
    for named in (keys.issuer().signs_with.id, "unknown", ""):
        forged = jwt.encode(claims, stranger._key, algorithm=ALGORITHM, headers={"kid": named})
        assert not await believed(keys, forged)


async def test_a_rotation_that_is_killed_half_way_is_harmless(
    keys: IssuerKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = keys.issuer()
    replace, replaced = issuer_keys.replace_secret, []

    def until_killed(path: Path, secret: bytes) -> None:
        if replaced:
            raise KeyboardInterrupt
        replace(path, secret)
        replaced.append(path.name)

    monkeypatch.setattr(issuer_keys, "replace_secret", until_killed)
    with pytest.raises(KeyboardInterrupt):
        keys.rotate(NOW)
    monkeypatch.undo()
    assert replaced == ["issuer.retired"]
    assert keys.issuer().signs_with.id == before.signs_with.id
    old = keys.issuer().mint("ana")
    keys.rotate(NOW)
    assert await believed(keys, old)
    assert await believed(keys, keys.issuer().mint("ana"))


def test_the_files_are_for_this_user_only_and_hold_no_earlier_secret(
    keys: IssuerKeys, tmp_path: Path
) -> None:
    keys.issuer()
    seed = (tmp_path / "issuer.key").read_bytes()
    keys.rotate(NOW)
    files = sorted(tmp_path.iterdir())
    assert [path.name for path in files] == ["issuer.key", "issuer.retired"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert not any(seed in path.read_bytes() or seed.hex().encode() in path.read_bytes() for path in files)


def test_retired_keys_that_cannot_be_read_are_one_clear_error(keys: IssuerKeys, tmp_path: Path) -> None:
    (tmp_path / "issuer.retired").write_text('[{"until": 5}]')
    with pytest.raises(FailedPrecondition, match="delete it"):
        keys.issuer()
