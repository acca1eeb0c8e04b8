"""Signed receipts of what was destroyed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from services.domain.accounts import Receipt
from services.domain.consent import Scope
from services.domain.identity import OwnerId
from services.domain.ports import Signer
from services.domain.records import Erasure


def signed_receipt(
    signer: Signer,
    owner: OwnerId,
    scopes: Collection[Scope],
    erased: Erasure,
    at: datetime,
    *,
    account_erased: bool = False,
) -> Receipt:
    """Return a receipt that anybody can verify and that names nobody."""
    unsigned = Receipt(
        owner_digest=owner_digest(owner),
        scopes=tuple(sorted(scopes)),
        account_erased=account_erased,
        erased=erased,
        at=at,
        public_key=signer.public_key,
    )
    return replace(unsigned, signature=signer.sign(unsigned.statement))


def owner_digest(owner: OwnerId) -> str:
    """Return what stands for an owner where nobody is to be named: SHA-256 of the id, hexadecimal."""
    return hashlib.sha256(owner.encode()).hexdigest()
