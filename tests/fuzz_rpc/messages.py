"""Hypothesis strategies for any message, made from its descriptor: right, odd and broken ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from hypothesis import strategies as st

_ODD_TEXT = (
    "",
    "\0",
    " ",
    "..",
    "../../etc/passwd",
    "/",
    "%s%n",
    "'; --",
    "a" * 5000,
    "\u202e\ufeff",
    "𝔘" * 300,
)
_ODD_BYTES = (b"", b"\0", bytes(16), bytes(32), b"\xff" * 33, bytes(4097))
_INTEGERS = {
    FieldDescriptor.CPPTYPE_INT32: (-(1 << 31), (1 << 31) - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(1 << 63), (1 << 63) - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, (1 << 32) - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, (1 << 64) - 1),
}
_MOST = 4
"""Elements of a repeated field."""
_DEEPEST = 4


Words = Mapping[str, Sequence[Any]]
"""By the name of a field, what it may well hold because the server knows it: ids, tokens, hashes."""


def messages(descriptor: Descriptor, words: Words, depth: int = 0) -> st.SearchStrategy[Message]:
    """Return messages of a type, every field of them there or not, with values of every kind."""
    make = message_factory.GetMessageClass(descriptor)
    fields = {f.name: _values(f, words, depth) for f in descriptor.fields if depth < _DEEPEST}
    values = st.one_of(st.fixed_dictionaries(fields), st.fixed_dictionaries({}, optional=fields))
    return values.map(lambda chosen: make(**chosen))


def on_the_wire(descriptor: Descriptor, words: Words) -> st.SearchStrategy[bytes]:
    """Return what is sent as such a message: mostly one, sometimes one that was damaged, or noise."""
    whole = messages(descriptor, words).map(lambda message: message.SerializeToString())
    return st.one_of(*[whole] * 8, _damaged(whole), st.binary(max_size=64))


def _values(of: FieldDescriptor, words: Words, depth: int) -> st.SearchStrategy[Any]:
    one = _single(of, words, depth)
    if known := words.get(of.name):
        one = st.one_of(*[st.sampled_from(known)] * 3, one)
    return st.lists(one, max_size=_MOST) if of.is_repeated else one


def _single(of: FieldDescriptor, words: Words, depth: int) -> st.SearchStrategy[Any]:
    if of.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
        return messages(of.message_type, words, depth + 1)
    if of.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        known = [value.number for value in of.enum_type.values]
        return st.one_of(
            *[st.sampled_from(known)] * 3, st.integers(*_INTEGERS[FieldDescriptor.CPPTYPE_INT32])
        )
    if of.cpp_type in _INTEGERS:
        return _integers(*_INTEGERS[of.cpp_type])
    if of.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return st.booleans()
    if of.cpp_type == FieldDescriptor.CPPTYPE_STRING and of.type == FieldDescriptor.TYPE_BYTES:
        return st.sampled_from(_ODD_BYTES) | st.binary(max_size=64)
    if of.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return st.sampled_from(_ODD_TEXT) | st.text(max_size=40)
    return st.floats(width=32)


def _integers(least: int, most: int) -> st.SearchStrategy[int]:
    edges = [edge for edge in (least, -1, 0, 1, 2, 1000, most) if least <= edge]
    return st.sampled_from(edges) | st.integers(least, most)


@st.composite
def _damaged(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Return a message of which a piece was replaced."""
    data = draw(whole)
    start, length = draw(st.integers(0, len(data))), draw(st.integers(0, 8))
    return data[:start] + draw(st.binary(max_size=8)) + data[start + length :]
