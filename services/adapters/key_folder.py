"""The folder of keys, apart from all that they seal.

Destroying a key makes a backup noise only if the backup does not hold the key. So wrapped data keys are in
a database of their own, here, beside the master key: the catalog and the blobs may be copied as often as
anybody likes. A copy of this folder keeps what its owners took back readable for as long as the copy exists.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from services.adapters.rows import RowStore
from services.adapters.sealed.keyring import EnvelopeKeyRing
from services.adapters.sealed.master_key import file_master_key, finish_rotation, rotate_master_key
from services.adapters.sealed.secret_file import load_or_create
from services.adapters.sealed.signer import Ed25519Signer, file_signer
from services.adapters.sql import SqlRowStore, open_sqlite
from services.adapters.sql.tables import Part


class KeyFolder:
    """Every secret of one data folder, in files that this user alone can read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._master = path / "master.key"

    async def open_rows(self) -> SqlRowStore:
        """Open the wrapped data keys that are kept here. The caller closes them."""
        return await open_sqlite(self._path / "data-keys.sqlite", [Part.KEYS])

    async def keyring(self, rows: RowStore, *, shared: bool = False) -> EnvelopeKeyRing:
        """Return the key ring over wrapped keys and the master key; complete a rotation that was killed.

        Args:
            rows: The wrapped keys, wherever they are kept.
            shared: Other processes make and destroy keys as well.

        Raises:
            FailedPrecondition: Others may read the master key, or it is that of other keys.
        """
        await finish_rotation(self._master, rows)
        return EnvelopeKeyRing(rows, await asyncio.to_thread(file_master_key, self._master), shared=shared)

    async def rotate(self, rows: RowStore) -> int:
        """Replace the master key; return how many data keys were wrapped anew. No server may run."""
        return await rotate_master_key(self._master, rows)

    async def signer(self) -> Ed25519Signer:
        """Return what signs receipts; its key is made on first use."""
        return await asyncio.to_thread(file_signer, self._path / "signer.key")

    async def page_secret(self) -> bytes:
        """Return what signs page tokens, made on first use: 32 bytes."""
        return await asyncio.to_thread(load_or_create, self._path / "page.key", lambda: os.urandom(32))


async def adopt_keys(catalog: RowStore, keys: RowStore) -> None:
    """Move data keys that an earlier version kept in the catalog; done again after a crash, it goes on."""
    async with catalog.read() as rows:
        left = await rows.keys.everybodys()
    if not left:
        return
    async with keys.write() as changes:
        for key in left:
            await changes.keys.add(key.owner, key.name, key.wrapped)
    async with catalog.write() as changes:
        for key in left:
            await changes.keys.delete(key.owner, [key.name])
    await catalog.purge()
