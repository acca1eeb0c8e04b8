"""Erasing an account: every key, original, record, message and log line."""

from __future__ import annotations

from services.consent.receipts import signed_receipt
from services.domain.accounts import Receipt
from services.domain.consent import Scope
from services.domain.errors import InvalidArgument
from services.domain.identity import OwnerId
from services.domain.ports import Catalog, Clock, KeyRing, Signals, Signer, Vault


class EraseAccount:
    """Leaves nothing of an owner but the receipt, and that only with the owner."""

    def __init__(
        self,
        catalog: Catalog,
        keyring: KeyRing,
        vault: Vault,
        clock: Clock,
        *,
        signer: Signer,
        signals: Signals,
    ) -> None:
        self._catalog = catalog
        self._keyring = keyring
        self._vault = vault
        self._clock = clock
        self._signer = signer
        self._signals = signals

    async def __call__(self, owner: OwnerId, *, confirm: bool) -> Receipt:
        """Erase the account, keys first; raise InvalidArgument unless it is confirmed.

        Erasing again, after a crash say, completes what is left to do.
        """
        if not confirm:
            raise InvalidArgument("erasing an account cannot be undone: set confirm")
        everything = frozenset(Scope)
        await self._keyring.destroy(owner, everything, account=True)
        erased = await self._vault.erase(owner) + await self._catalog.erase(owner, None)
        self._signals.notify(f"stories:{owner}")
        return signed_receipt(self._signer, owner, everything, erased, self._clock.now(), account_erased=True)
