"""The events that services tell each other, and who listens to which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from services.domain.identity import OwnerId, new_id


class MessageType(StrEnum):
    """What has happened."""

    ASSET_STORED = "asset_stored"
    ASSET_DESCRIBED = "asset_described"
    ASSET_ANALYSED = "asset_analysed"
    LIBRARY_CHANGED = "library_changed"
    """Something else that stories rest on changed: a name, a deletion, a revoked scope, feedback."""


class Consumer(StrEnum):
    """Who works through the messages."""

    METADATA = "metadata"
    INFERENCE = "inference"
    SCHEDULER = "scheduler"


ROUTES: Mapping[MessageType, tuple[Consumer, ...]] = MappingProxyType(
    {
        MessageType.ASSET_STORED: (Consumer.METADATA,),
        MessageType.ASSET_DESCRIBED: (Consumer.INFERENCE, Consumer.SCHEDULER),
        MessageType.ASSET_ANALYSED: (Consumer.SCHEDULER,),
        MessageType.LIBRARY_CHANGED: (Consumer.SCHEDULER,),
    }
)


@dataclass(frozen=True, slots=True)
class Message:
    """One event: what happened to which thing of which owner. It carries identifiers only."""

    type: MessageType
    owner: OwnerId
    subject: str
    """The id of the thing: an asset, for the asset messages."""
    created_at: datetime
    id: str = ""
    trace: str = ""
    """What it was sent for, as a traceparent; the bus fills it in where something is followed."""

    @staticmethod
    def of(type_: MessageType, owner: OwnerId, subject: str, now: datetime) -> Message:
        """Make a message with a fresh id."""
        return Message(type_, owner, subject, now, new_id())
