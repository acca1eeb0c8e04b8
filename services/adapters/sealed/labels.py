"""Labels and fingerprints as keyed hashes, so that rows can be found without saying what they hold.

A label is hashed under the key of exactly the scopes that seal its facet: destroying one of them makes the
hash noise as well, in every backup. A search does not know which scopes sealed the facets it looks for (a
story may rest on faces, on places, on both), so it tries the label under each combination of the owner's
living keys: at most 2⁵, some 50 µs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations

from services.adapters.sealed.sealing import context
from services.domain.consent import Scope
from services.domain.facets import Facet, Label
from services.domain.identity import OwnerId
from services.domain.ports import KeyRing, SealingKey
from services.domain.records import Kind

FINGERPRINT_SCOPES = frozenset({Scope.CLOUD_PROCESSING})


def digest_label(key: SealingKey, kind: Kind, label: Label) -> bytes:
    """Return the keyed hash of a label: 16 bytes."""
    return key.digest(context("label", kind, *label))


def digest_fingerprint(key: SealingKey, kind: Kind, fingerprint: bytes) -> bytes:
    """Return the keyed hash of a fingerprint: 16 bytes."""
    return next(digest_fingerprints(key, kind, [fingerprint]))


def digest_fingerprints(key: SealingKey, kind: Kind, fingerprints: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the keyed hash of each fingerprint."""
    # A context of more parts begins with that of fewer, which need not be made a thousand times.
    beginning = context("fingerprint", kind)
    return (key.digest(beginning + context(fingerprint)) for fingerprint in fingerprints)


def digests_of(key: SealingKey, kind: Kind, facet: Facet) -> frozenset[bytes] | None:
    """Return the keyed hashes of all labels that a facet gives; None if its kind never gives any."""
    if type(facet).labels is Facet.labels:
        return None
    return frozenset(digest_label(key, kind, label) for label in facet.labels())


async def possible_digests(keyring: KeyRing, owner: OwnerId, kind: Kind, label: Label) -> frozenset[bytes]:
    """Return the hashes under which a label may be stored."""
    living = await keyring.scopes(owner)
    keys = [await keyring.key(owner, scopes) for scopes in _combinations(living)]
    return frozenset(digest_label(key, kind, label) for key in keys)


def _combinations(scopes: frozenset[Scope]) -> Iterator[frozenset[Scope]]:
    ordered = sorted(scopes)
    sizes = range(1, len(ordered) + 1)
    return map(frozenset, chain.from_iterable(combinations(ordered, size) for size in sizes))
