"""ConsentService over the wire: off until granted, gone once taken back, proved by a receipt."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import google_crc32c
import grpc
import pytest
from storyroll.consent.v1 import consent_pb2, consent_pb2_grpc
from storyroll.upload.v1 import upload_pb2, upload_pb2_grpc

from services.adapters.clock import SystemClock
from services.adapters.local import open_memory
from services.adapters.sealed.signer import verify
from services.cli.failures import detail_of
from services.consent.main import assemble as assemble_consent
from services.consent.settings import ConsentSettings
from services.rpc.service import Service
from services.upload.main import assemble as assemble_upload
from services.upload.settings import UploadSettings
from tests.rpc.conftest import Connecting, Serving

PHOTO = b"\xff\xd8\xff\xe0" + bytes(1000)
CLOUD, FACES = consent_pb2.SCOPE_CLOUD_PROCESSING, consent_pb2.SCOPE_FACES


class Account:
    """One owner's consent and uploads."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.consent: Any = consent_pb2_grpc.ConsentServiceStub(channel)
        self.upload: Any = upload_pb2_grpc.UploadServiceStub(channel)

    async def grant(self, *scopes: int, terms: str = "2026-01") -> Any:
        request = consent_pb2.GrantConsentRequest(scopes=scopes, terms_version=terms)  # type: ignore[arg-type]
        return await self.consent.GrantConsent(request)

    async def revoke(self, *scopes: int) -> Any:
        return await self.consent.RevokeConsent(consent_pb2.RevokeConsentRequest(scopes=scopes))  # type: ignore[arg-type]

    async def granted(self) -> list[int]:
        answer = await self.consent.GetConsent(consent_pb2.GetConsentRequest())
        return [grant.scope for grant in answer.grants]

    async def write(self) -> Any:
        header = upload_pb2.AssetHeader(
            sha256=hashlib.sha256(PHOTO).digest(), size=len(PHOTO), path="a.jpg", media_type="image/jpeg"
        )
        chunk = upload_pb2.Chunk(offset=0, data=PHOTO, crc32c=google_crc32c.value(PHOTO))
        messages = [upload_pb2.WriteAssetRequest(header=header), upload_pb2.WriteAssetRequest(chunk=chunk)]
        return await self.upload.WriteAsset(iter(messages))

    async def actions(self, size: int = 0, token: str = "") -> tuple[list[str], str]:
        request = consent_pb2.ListAuditEventsRequest(page_size=size, page_token=token)
        page = await self.consent.ListAuditEvents(request)
        return [event.action for event in page.events], page.next_page_token


@pytest.fixture
async def account(serving: Serving, client: Connecting, tmp_path: Path) -> AsyncIterator[Account]:
    async with open_memory(tmp_path, SystemClock()) as ports:
        service = Service.joined(
            (assemble_consent(ports, ConsentSettings()), assemble_upload(ports, UploadSettings()))
        )
        async with serving(service) as (_, address), client(address) as channel:
            yield Account(channel)


async def test_everything_is_off_until_granted(account: Account) -> None:
    assert await account.granted() == []
    answer = await account.grant(CLOUD, FACES)
    assert [(grant.scope, grant.terms_version) for grant in answer.grants] == [
        (CLOUD, "2026-01"),
        (FACES, "2026-01"),
    ]
    assert await account.granted() == [CLOUD, FACES]


@pytest.mark.parametrize(
    ("scopes", "terms", "code"),
    [
        ([], "1", grpc.StatusCode.INVALID_ARGUMENT),
        ([0], "1", grpc.StatusCode.INVALID_ARGUMENT),
        ([99], "1", grpc.StatusCode.INVALID_ARGUMENT),
        ([CLOUD], "", grpc.StatusCode.INVALID_ARGUMENT),
        ([FACES], "1", grpc.StatusCode.FAILED_PRECONDITION),
    ],
)
async def test_grants_that_mean_nothing_are_refused(
    account: Account, scopes: list[int], terms: str, code: grpc.StatusCode
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await account.grant(*scopes, terms=terms)
    assert caught.value.code() is code
    assert await account.granted() == []


async def test_uploads_follow_consent(account: Account) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await account.write()
    assert detail_of(caught.value).scope == "CLOUD_PROCESSING"
    await account.grant(CLOUD)
    assert (await account.write()).asset_id
    await account.revoke(CLOUD)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await account.write()
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    await account.grant(CLOUD)
    assert not (await account.write()).already_known


async def test_taking_back_returns_a_receipt_that_anybody_can_verify(account: Account) -> None:
    await account.grant(CLOUD, FACES)
    await account.write()
    answer = await account.revoke(CLOUD)
    receipt = answer.receipt
    assert list(answer.grants) == []
    assert verify(receipt.public_key, receipt.statement, receipt.signature)
    assert not verify(receipt.public_key, receipt.statement + b" ", receipt.signature)
    assert receipt.owner_digest == hashlib.sha256(b"ana").hexdigest()
    assert (receipt.blobs, receipt.account_erased) == (1, False)
    assert receipt.owner_digest.encode() in receipt.statement
    assert receipt.bytes >= len(PHOTO)


async def test_the_audit_log_is_read_page_by_page_newest_first(account: Account) -> None:
    await account.grant(CLOUD)
    await account.write()
    await account.revoke(FACES)
    everything, _ = await account.actions()
    assert everything == ["consent_revoked", "asset_stored", "consent_granted"]
    paged, token = await account.actions(size=2)
    rest, _ = await account.actions(size=2, token=token)
    assert paged + rest == everything
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await account.actions(token=token[:-2] + "AA")
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_an_account_is_erased_only_when_confirmed(account: Account) -> None:
    await account.grant(CLOUD)
    await account.write()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await account.consent.EraseAccount(consent_pb2.EraseAccountRequest())
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    answer = await account.consent.EraseAccount(consent_pb2.EraseAccountRequest(confirm=True))
    assert answer.receipt.account_erased
    assert answer.receipt.blobs == 1
    assert (await account.granted(), await account.actions()) == ([], ([], ""))
