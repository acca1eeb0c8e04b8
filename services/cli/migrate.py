"""`storyroll migrate`: make the tables of a database what this version needs."""

from __future__ import annotations

import asyncio

from services.adapters.database_choice import is_shared
from services.cli.failures import told_plainly
from services.cli.session import DatabaseOption, DataOption
from services.rpc.data_folder import DataFolder
from services.rpc.settings import DatabaseSettings


def migrate(data: DataOption, database: DatabaseOption = "sqlite") -> None:
    """Make the tables of a database what this version needs, before its servers start.

    Servers of the version before go on meanwhile where the database is one that they share. What is kept in
    --data is migrated whenever a server starts; no server may run there when it is done by hand.
    """
    # Only this command needs the stores: the others start without loading them.
    from services.adapters.database_host import migrate_database

    folder = DataFolder(data)
    with told_plainly(), folder.locked(shared=is_shared(database)):
        changed = asyncio.run(migrate_database(DatabaseSettings().host(database), folder.path))
    print("the tables were changed to what this version needs" if changed else "the tables are up to date")
