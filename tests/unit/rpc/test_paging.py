"""Page tokens come back as they went out, and no others are accepted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.errors import InvalidArgument
from services.domain.identity import OwnerId
from services.rpc.paging import PageTokens, page_size

TOKENS = PageTokens(b"secret" * 6)
ANA = OwnerId("ana")
POSITION = (datetime(2024, 5, 3, 10, 15, tzinfo=UTC), "018f3a")


@given(st.none() | st.datetimes(timezones=st.just(UTC)), st.text(max_size=40))
def test_round_trip(time: datetime | None, id_: str) -> None:
    assert TOKENS.read("ListAssets", ANA, TOKENS.issue("ListAssets", ANA, (time, id_))) == (time, id_)


def test_the_empty_token_is_the_first_page() -> None:
    assert TOKENS.read("ListAssets", ANA, "") is None


def test_tokens_are_for_one_method_owner_and_secret() -> None:
    token = TOKENS.issue("ListAssets", ANA, POSITION)
    for tokens, method, owner in (
        (TOKENS, "ListEvents", ANA),
        (TOKENS, "ListAssets", OwnerId("ben")),
        (PageTokens(b"another"), "ListAssets", ANA),
    ):
        with pytest.raises(InvalidArgument):
            tokens.read(method, owner, token)


@given(st.text(min_size=1, max_size=60))
def test_noise_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument):
        TOKENS.read("ListAssets", ANA, text)


def test_page_sizes() -> None:
    assert page_size(0, default=200, most=1000) == 200
    assert page_size(5000, default=200, most=1000) == 1000
    assert page_size(7, default=200, most=1000) == 7
    with pytest.raises(InvalidArgument):
        page_size(-1, default=200, most=1000)
