"""The PostgreSQL driver, over asyncpg: a pool of connections, one transaction for each change.

``opening`` connects, checks the server and migrates. ``database`` is the driver; ``statements`` turns the shared SQL
into PostgreSQL's; ``failures`` tells what passes by itself from what is wrong; ``content`` reads
and fills a database as a whole.

It may import ``store.database``, ``store.migrations`` and the value modules at the top of ``mcpserver``.
``tests/test_arrows.py`` holds it to that.
"""

from .content import PostgresPlace
from .opening import open_url

__all__ = ["PostgresPlace", "open_url"]
