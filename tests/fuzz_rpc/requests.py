"""Every RPC with every message: answered as the catalogue foresees, in time, and at nobody else's cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.descriptor import MethodDescriptor
from hypothesis import strategies as st

from tests.fuzz_rpc.house import House
from tests.fuzz_rpc.line import Begun, Metadata
from tests.fuzz_rpc.messages import on_the_wire

_MOST_MESSAGES = 4
_LANGUAGES = ("de", "en;q=0.1, de", "*", ";q=", "de;q=nan", "en;q=-1e999", "xx" * 400, "de;q=1;q=2,,,")


@dataclass(frozen=True)
class Call:
    """A call to be made."""

    method: MethodDescriptor
    requests: Sequence[bytes]
    language: str = ""

    def begin(self, house: House) -> Begun:
        """Make the call as Mallory."""
        metadata: Metadata = [("authorization", f"Bearer {house.token()}")]
        if self.language:
            metadata = [*metadata, ("accept-language", self.language)]
        return Begun(house.channel, self.method, self.requests, metadata)


def calls(house: House, method: MethodDescriptor) -> st.SearchStrategy[Call]:
    """Return calls of one method, with whatever it may be sent."""
    request = on_the_wire(method.input_type, house.words)
    count = _MOST_MESSAGES if method.client_streaming else 1
    requests = st.lists(request, min_size=0 if method.client_streaming else 1, max_size=count)
    return st.builds(Call, st.just(method), requests, st.just("") | st.sampled_from(_LANGUAGES))


def answered(house: House, together: Sequence[Call]) -> None:
    """Make calls at the same time, and hold each to how it may end."""
    house.run(house.furnish())
    ends = [call.end() for call in [call.begin(house) for call in together]]
    house.ends.update(end.code.name for end in ends)
    assert [end for end in ends if not end.lawful] == []
