"""How long things are kept, over the wire and from the command line."""

from __future__ import annotations

import grpc
import pytest
from storyroll.consent.v1 import consent_pb2

from services.cli.retention import retention
from services.cli.session import open_session
from services.domain.identity import OwnerId
from services.domain.retention import KeepOriginals
from tests.rpc.estate import Estate, open_estate
from tests.stored_library import ANA

estate = pytest.fixture(open_estate)


async def test_retention_is_chosen_from_the_command_line(
    estate: Estate, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_session(estate.address, lambda: estate.issuer.mint(ANA)) as ana:
        await retention(ana)
        assert capsys.readouterr().out.startswith("originals: for_ever\nfaces that nobody named: 180 days")
        await retention(ana, KeepOriginals.UNTIL_STORIES, 30)
        await retention(ana, bystander_days=40)
        assert capsys.readouterr().out.count("originals: until_stories") == 2
        kept = (await ana.consent.GetRetention(consent_pb2.GetRetentionRequest())).retention
        assert kept.bystander_days == 40


@pytest.mark.parametrize(
    ("owner", "chosen", "code"),
    [
        (ANA, consent_pb2.Retention(bystander_days=180), grpc.StatusCode.INVALID_ARGUMENT),
        (ANA, consent_pb2.Retention(originals=1), grpc.StatusCode.INVALID_ARGUMENT),
        ("nobody", consent_pb2.Retention(originals=1, bystander_days=9), grpc.StatusCode.FAILED_PRECONDITION),
    ],
)
async def test_what_cannot_be_kept_so_is_refused(
    estate: Estate, owner: OwnerId, chosen: consent_pb2.Retention, code: grpc.StatusCode
) -> None:
    async with open_session(estate.address, lambda: estate.issuer.mint(owner)) as session:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await session.consent.SetRetention(consent_pb2.SetRetentionRequest(retention=chosen))
    assert refused.value.code() is code
