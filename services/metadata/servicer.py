"""The MetadataService on the wire: converts, calls, converts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import grpc
from storyroll.metadata.v1 import metadata_pb2, metadata_pb2_grpc

from services.domain.identity import AssetId, OccasionId, OwnerId, PersonId
from services.domain.records import Record
from services.metadata import convert
from services.metadata.assets import Assets
from services.metadata.events import Events
from services.metadata.occasions import Occasions
from services.metadata.people import People
from services.rpc.identity import current_owner
from services.rpc.media_convert import asset_to_pb
from services.rpc.paging import PageTokens, page_size

Context = grpc.aio.ServicerContext[Any, Any]

USUAL_PAGE = 200
LARGEST_PAGE = 1000


class MetadataServicer(metadata_pb2_grpc.MetadataServiceServicer):
    """Shows and tends the caller's library."""

    service_name = "storyroll.metadata.v1.MetadataService"

    def __init__(
        self, assets: Assets, events: Events, people: People, occasions: Occasions, tokens: PageTokens
    ) -> None:
        self._assets = assets
        self._events = events
        self._people = people
        self._occasions = occasions
        self._tokens = tokens

    def register(self, server: grpc.aio.Server) -> None:
        """Add the service's methods to a server."""
        metadata_pb2_grpc.add_MetadataServiceServicer_to_server(self, server)

    async def GetAsset(
        self, request: metadata_pb2.GetAssetRequest, context: Context
    ) -> metadata_pb2.GetAssetResponse:
        """Return one asset."""
        record = await self._assets.get(current_owner(), AssetId(request.asset_id))
        return metadata_pb2.GetAssetResponse(asset=asset_to_pb(record))

    async def ListAssets(
        self, request: metadata_pb2.ListAssetsRequest, context: Context
    ) -> metadata_pb2.ListAssetsResponse:
        """List assets by capture time."""
        owner, size = current_owner(), page_size(request.page_size, default=USUAL_PAGE, most=LARGEST_PAGE)
        after = self._tokens.read("ListAssets", owner, request.page_token)
        page = await self._assets.page(owner, convert.filter_from_pb(request), after, size)
        token = self._next("ListAssets", owner, page, size)
        return metadata_pb2.ListAssetsResponse(assets=map(asset_to_pb, page), next_page_token=token)

    async def DeleteAssets(
        self, request: metadata_pb2.DeleteAssetsRequest, context: Context
    ) -> metadata_pb2.DeleteAssetsResponse:
        """Delete assets for good."""
        deleted = await self._assets.delete(current_owner(), [AssetId(id_) for id_ in request.asset_ids])
        return metadata_pb2.DeleteAssetsResponse(deleted=deleted)

    async def ListEvents(
        self, request: metadata_pb2.ListEventsRequest, context: Context
    ) -> metadata_pb2.ListEventsResponse:
        """List the events into which the timeline falls."""
        owner, size = current_owner(), page_size(request.page_size, default=USUAL_PAGE, most=LARGEST_PAGE)
        page = await self._events.page(
            owner, self._tokens.read("ListEvents", owner, request.page_token), size
        )
        token = self._next("ListEvents", owner, page, size)
        return metadata_pb2.ListEventsResponse(events=map(convert.event_to_pb, page), next_page_token=token)

    async def ListPeople(
        self, request: metadata_pb2.ListPeopleRequest, context: Context
    ) -> metadata_pb2.ListPeopleResponse:
        """List the people who appear."""
        people = await self._people.everybody(current_owner())
        return metadata_pb2.ListPeopleResponse(people=map(convert.person_to_pb, people))

    async def UpdatePerson(
        self, request: metadata_pb2.UpdatePersonRequest, context: Context
    ) -> metadata_pb2.UpdatePersonResponse:
        """Name a person, set a birthday, hide or show them."""
        change = convert.change_from_pb(request)
        person = await self._people.update(current_owner(), PersonId(request.person_id), change)
        return metadata_pb2.UpdatePersonResponse(person=convert.person_to_pb(person))

    async def MergePeople(
        self, request: metadata_pb2.MergePeopleRequest, context: Context
    ) -> metadata_pb2.MergePeopleResponse:
        """Make several people one."""
        person = await self._people.merge(current_owner(), [PersonId(id_) for id_ in request.person_ids])
        return metadata_pb2.MergePeopleResponse(person=convert.person_to_pb(person))

    async def SplitPerson(
        self, request: metadata_pb2.SplitPersonRequest, context: Context
    ) -> metadata_pb2.SplitPersonResponse:
        """Say that a person is not the one in some assets."""
        views = await self._people.split(current_owner(), convert.split_from_pb(request))
        return convert.split_to_pb(*views)

    async def DeclareOccasion(
        self, request: metadata_pb2.DeclareOccasionRequest, context: Context
    ) -> metadata_pb2.DeclareOccasionResponse:
        """Declare a day to be reminded of."""
        view = await self._occasions.declare(current_owner(), convert.occasion_from_pb(request))
        return metadata_pb2.DeclareOccasionResponse(occasion=convert.occasion_to_pb(view))

    async def ListOccasions(
        self, request: metadata_pb2.ListOccasionsRequest, context: Context
    ) -> metadata_pb2.ListOccasionsResponse:
        """List the declared occasions."""
        views = await self._occasions.everything(current_owner())
        return metadata_pb2.ListOccasionsResponse(occasions=map(convert.occasion_to_pb, views))

    async def DeleteOccasion(
        self, request: metadata_pb2.DeleteOccasionRequest, context: Context
    ) -> metadata_pb2.DeleteOccasionResponse:
        """Delete a declared occasion."""
        await self._occasions.delete(current_owner(), OccasionId(request.occasion_id))
        return metadata_pb2.DeleteOccasionResponse()

    def _next(self, method: str, owner: OwnerId, page: Sequence[Record], size: int) -> str:
        """Return the token of the next page; empty where this one is the last."""
        if len(page) < size:
            return ""
        return self._tokens.issue(method, owner, (page[-1].time, page[-1].id))
