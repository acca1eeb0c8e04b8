"""Envelope encryption: every owner's data keys, each wrapped under one master key (`master_key.py`).

Destroying a data key is what makes erasure final: everything that it sealed, in every backup too, is noise.
Keys in use are cached in this process and dropped the moment they are to be destroyed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from services.adapters.rows import RowStore
from services.adapters.sealed.master_key import wrapping
from services.adapters.sealed.sealing import KEY_BYTES, AesSealingKey, combine
from services.domain.consent import Scope
from services.domain.errors import ConsentRequired
from services.domain.identity import OwnerId
from services.domain.ports import SealingKey

ACCOUNT = "account"
"""The name of the key that rests on no scope; the others have their scope's name."""
CACHED_OWNERS = 1024
BELIEVED_S = 1.0
"""For so long a process reads with a key that another one may have destroyed. What it writes, it seals with
keys that it has looked up after its turn began, so that an erasure that follows finds it."""


class EnvelopeKeyRing:
    """Fulfils `ports.KeyRing` over a table of wrapped keys.

    Args:
        rows: The table.
        master: Wraps the keys.
        shared: Other processes make and destroy keys as well.
    """

    def __init__(self, rows: RowStore, master: SealingKey, *, shared: bool = False) -> None:
        self._rows = rows
        self._master = master
        self._shared = shared
        self._bundles: dict[OwnerId, _Bundle] = {}
        self._dying: set[OwnerId] = set()
        self._epoch = 0

    async def create(self, owner: OwnerId, scope: Scope | None) -> None:
        """Make the key of a scope (None: of the account) unless it exists.

        Opens a write of its own: never call it inside a transaction.
        """
        name = ACCOUNT if scope is None else scope.value
        wrapped = self._master.seal(os.urandom(KEY_BYTES), wrapping(owner, name))
        async with self._rows.write() as rows:
            await rows.keys.add(owner, name, wrapped)
        self._forget(owner)

    async def scopes(self, owner: OwnerId) -> frozenset[Scope]:
        """Return the scopes whose keys exist."""
        bundle = await self._bundle(owner)
        return frozenset(scope for scope in Scope if scope.value in bundle.keys)

    async def key(self, owner: OwnerId, scopes: frozenset[Scope]) -> SealingKey:
        """Return the key of all these scopes together (none: of the account); raise ConsentRequired."""
        return (await self._bundle(owner)).key(scopes)

    async def refresh(self, owner: OwnerId) -> None:
        """Look the owner's keys up again where other processes may have changed them."""
        if self._shared:
            await self._load(owner)

    async def destroy(self, owner: OwnerId, scopes: frozenset[Scope], *, account: bool) -> None:
        """Destroy keys for good, in memory and on the disk."""
        names = [scope.value for scope in scopes] + ([ACCOUNT] if account else [])
        self._dying.add(owner)
        try:
            self._forget(owner)
            async with self._rows.write() as rows:
                await rows.keys.delete(owner, names)
            await self._rows.purge(owner)
        finally:
            self._dying.discard(owner)
            self._forget(owner)

    async def _bundle(self, owner: OwnerId) -> _Bundle:
        bundle = self._bundles.get(owner)
        if bundle is None or (self._shared and time.monotonic() - bundle.known_at > BELIEVED_S):
            return await self._load(owner)
        return bundle

    async def _load(self, owner: OwnerId) -> _Bundle:
        while True:
            epoch, now = self._epoch, time.monotonic()
            async with self._rows.read() as rows:
                wrapped = await rows.keys.all(owner)
            if epoch == self._epoch:
                bundle = self._unwrapped(owner, wrapped)
                bundle.known_at = now
                if owner not in self._dying:
                    self._remember(owner, bundle)
                return bundle

    def _unwrapped(self, owner: OwnerId, wrapped: Mapping[str, bytes]) -> _Bundle:
        known = self._bundles.get(owner)
        if known is not None and known.wrapped == wrapped:
            return known
        keys = {name: self._master.open(key, wrapping(owner, name)) for name, key in wrapped.items()}
        return _Bundle(wrapped, keys)

    def _remember(self, owner: OwnerId, bundle: _Bundle) -> None:
        while owner not in self._bundles and len(self._bundles) >= CACHED_OWNERS:
            del self._bundles[next(iter(self._bundles))]
        self._bundles[owner] = bundle

    def _forget(self, owner: OwnerId) -> None:
        self._epoch += 1
        self._bundles.pop(owner, None)


class _Bundle:
    """One owner's keys, as they are stored and unwrapped, and when they were."""

    def __init__(self, wrapped: Mapping[str, bytes], keys: Mapping[str, bytes]) -> None:
        self.wrapped = wrapped
        self.keys = keys
        self.known_at = 0.0
        self._in_use: dict[frozenset[Scope], AesSealingKey] = {}

    def key(self, scopes: frozenset[Scope]) -> AesSealingKey:
        """Return the key of these scopes together."""
        if scopes not in self._in_use:
            names = sorted(scope.value for scope in scopes) or [ACCOUNT]
            for name in names:
                if name not in self.keys:
                    raise ConsentRequired(Scope.CLOUD_PROCESSING if name == ACCOUNT else name)
            self._in_use[scopes] = AesSealingKey(combine([self.keys[name] for name in names]))
        return self._in_use[scopes]
