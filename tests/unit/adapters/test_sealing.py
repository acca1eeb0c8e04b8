"""Sealing, secret files and signatures."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.adapters.sealed import signer
from services.adapters.sealed.sealing import OVERHEAD, AesSealingKey, combine, context
from services.adapters.sealed.secret_file import load_or_create
from services.domain.errors import FailedPrecondition, SealBroken

KEY = AesSealingKey(bytes(range(32)))
OTHER = AesSealingKey(bytes(32))


@given(st.binary(max_size=300), st.binary(max_size=30))
def test_what_is_sealed_opens_again(plaintext: bytes, bound_to: bytes) -> None:
    sealed = KEY.seal(plaintext, bound_to)
    assert len(sealed) == len(plaintext) + OVERHEAD
    assert KEY.open(sealed, bound_to) == plaintext


@given(st.binary(min_size=1, max_size=100), st.data())
def test_any_changed_bit_breaks_the_seal(plaintext: bytes, data: st.DataObject) -> None:
    sealed = bytearray(KEY.seal(plaintext, b"context"))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        KEY.open(bytes(sealed), b"context")


def test_another_key_another_context_or_too_few_bytes_do_not_open() -> None:
    sealed = KEY.seal(b"secret", b"ana")
    for key, value, bound_to in ((OTHER, sealed, b"ana"), (KEY, sealed, b"ben"), (KEY, sealed[:20], b"ana")):
        with pytest.raises(SealBroken):
            key.open(value, bound_to)


def test_sealing_twice_gives_different_bytes() -> None:
    assert KEY.seal(b"secret", b"") != KEY.seal(b"secret", b"")


def test_digests_are_equal_for_equal_values_under_one_key_only() -> None:
    assert KEY.digest(b"a") == KEY.digest(b"a")
    assert len({KEY.digest(b"a"), KEY.digest(b"b"), OTHER.digest(b"a")}) == 3


def test_a_combined_key_needs_every_part() -> None:
    a, b = bytes([1] * 32), bytes([2] * 32)
    assert len({a, b, combine([a, b]), combine([b, a]), combine([a, a])}) == 5
    assert combine([a]) == a


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_contexts_are_equal_only_for_equal_parts(left: list[str], right: list[str]) -> None:
    assert (context(*left) == context(*right)) == (left == right)


def test_a_secret_file_is_made_once_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master"
    first = load_or_create(path, lambda: os.urandom(32))
    assert load_or_create(path, lambda: os.urandom(32)) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_secret_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master"
    load_or_create(path, lambda: b"x")
    path.chmod(0o644)
    with pytest.raises(FailedPrecondition, match="chmod 600"):
        load_or_create(path, lambda: b"x")


def test_signatures_prove_the_statement(tmp_path: Path) -> None:
    mine = signer.file_signer(tmp_path / "signer")
    signature = mine.sign(b"erased")
    assert signer.verify(mine.public_key, b"erased", signature)
    assert not signer.verify(mine.public_key, b"kept", signature)
    assert not signer.verify(signer.file_signer(tmp_path / "other").public_key, b"erased", signature)
    assert signer.file_signer(tmp_path / "signer").public_key == mine.public_key
