"""The ConsentService on the wire: converts, calls, converts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
from storyroll.consent.v1 import consent_pb2, consent_pb2_grpc

from services.consent import convert
from services.consent.audit import ListAuditEvents
from services.consent.consent import ConsentKeeper
from services.consent.erase import EraseAccount
from services.consent.export import ExportAccount
from services.consent.retention import RetentionKeeper
from services.consent.revoke import RevokeConsent
from services.rpc.identity import current_owner
from services.rpc.languages import language_of
from services.rpc.paging import PageTokens, page_size

Context = grpc.aio.ServicerContext[Any, Any]

LARGEST_PAGE = 1000


class ConsentServicer(consent_pb2_grpc.ConsentServiceServicer):
    """Keeps the caller's consent."""

    service_name = "storyroll.consent.v1.ConsentService"

    def __init__(
        self,
        keeper: ConsentKeeper,
        revoke: RevokeConsent,
        erase: EraseAccount,
        *,
        retention: RetentionKeeper,
        audit: ListAuditEvents,
        export: ExportAccount,
        tokens: PageTokens,
        usual_page: int,
    ) -> None:
        self._keeper = keeper
        self._revoke = revoke
        self._erase = erase
        self._retention = retention
        self._audit = audit
        self._export = export
        self._tokens = tokens
        self._usual_page = usual_page

    def register(self, server: grpc.aio.Server) -> None:
        """Add the service's methods to a server."""
        consent_pb2_grpc.add_ConsentServiceServicer_to_server(self, server)

    async def GetConsent(
        self, request: consent_pb2.GetConsentRequest, context: Context
    ) -> consent_pb2.GetConsentResponse:
        """Return the scopes in force."""
        consent = await self._keeper.get(current_owner())
        return consent_pb2.GetConsentResponse(grants=convert.grants_to_pb(consent))

    async def GrantConsent(
        self, request: consent_pb2.GrantConsentRequest, context: Context
    ) -> consent_pb2.GrantConsentResponse:
        """Grant scopes."""
        scopes = convert.scopes_from_pb(request.scopes)
        consent = await self._keeper.grant(current_owner(), scopes, request.terms_version)
        return consent_pb2.GrantConsentResponse(grants=convert.grants_to_pb(consent))

    async def RevokeConsent(
        self, request: consent_pb2.RevokeConsentRequest, context: Context
    ) -> consent_pb2.RevokeConsentResponse:
        """Take scopes back and destroy all that they allowed."""
        consent, receipt = await self._revoke(current_owner(), convert.scopes_from_pb(request.scopes))
        return consent_pb2.RevokeConsentResponse(
            grants=convert.grants_to_pb(consent), receipt=convert.receipt_to_pb(receipt)
        )

    async def GetRetention(
        self, request: consent_pb2.GetRetentionRequest, context: Context
    ) -> consent_pb2.GetRetentionResponse:
        """Return how long things are kept."""
        retention = await self._retention.get(current_owner())
        return consent_pb2.GetRetentionResponse(retention=convert.retention_to_pb(retention))

    async def SetRetention(
        self, request: consent_pb2.SetRetentionRequest, context: Context
    ) -> consent_pb2.SetRetentionResponse:
        """Choose how long things are kept."""
        chosen = convert.retention_from_pb(request.retention)
        retention = await self._retention.set(current_owner(), chosen)
        return consent_pb2.SetRetentionResponse(retention=convert.retention_to_pb(retention))

    async def ListAuditEvents(
        self, request: consent_pb2.ListAuditEventsRequest, context: Context
    ) -> consent_pb2.ListAuditEventsResponse:
        """List what was done with the caller's data, newest first."""
        owner = current_owner()
        size = page_size(request.page_size, default=self._usual_page, most=LARGEST_PAGE)
        after = self._tokens.read("ListAuditEvents", owner, request.page_token)
        head = await self._audit.head(owner)
        page = await self._audit(owner, after, size)
        last = (page[-1].time, page[-1].id) if len(page) == size else None
        token = self._tokens.issue("ListAuditEvents", owner, last) if last else ""
        events = map(convert.audit_event_to_pb, page)
        return consent_pb2.ListAuditEventsResponse(
            events=events, next_page_token=token, head=convert.head_to_pb(head)
        )

    async def ExportAccount(
        self, request: consent_pb2.ExportAccountRequest, context: Context
    ) -> AsyncIterator[consent_pb2.ExportAccountResponse]:
        """Send everything that is kept of the caller."""
        async for part in self._export(current_owner(), language_of(context), request.after):
            yield convert.part_to_pb(part)

    async def EraseAccount(
        self, request: consent_pb2.EraseAccountRequest, context: Context
    ) -> consent_pb2.EraseAccountResponse:
        """Erase the account."""
        receipt = await self._erase(current_owner(), confirm=request.confirm)
        return consent_pb2.EraseAccountResponse(receipt=convert.receipt_to_pb(receipt))
