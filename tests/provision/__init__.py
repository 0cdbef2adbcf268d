"""What the tests need beyond Python: Chromium, nginx, PostgreSQL, PgBouncer, Node and the npm packages that judge us.

``python -m tests.provision [chromium] [nginx] [postgresql] [pgbouncer] [node]`` (node: with the packages) looks for
each, installs what it can, and says in one sentence what it cannot. ``python -m tests.provision lock`` pins anew what
the npm packages stand on.
With CI=true a lack is a failure; anywhere else the tests which need it are skipped with that sentence.
"""

from .browser import chromium, provide_chromium
from .lack import LackError, need
from .nodejs import node
from .packages import (
    axe,
    conformance,
    earlier_typescript_sdk,
    har_schema,
    inspector,
    mcp_remote,
    oidc_provider,
    openid_client,
    provide_packages,
    supergateway,
    typescript_client,
    typescript_server,
)
from .pgbouncer import pgbouncer, provide_pgbouncer
from .postgresql import postgresql, provide_postgresql
from .proxy import nginx, provide_nginx

__all__ = [
    "LackError",
    "axe",
    "chromium",
    "conformance",
    "earlier_typescript_sdk",
    "har_schema",
    "inspector",
    "mcp_remote",
    "need",
    "nginx",
    "node",
    "oidc_provider",
    "openid_client",
    "pgbouncer",
    "postgresql",
    "provide_chromium",
    "provide_nginx",
    "provide_packages",
    "provide_pgbouncer",
    "provide_postgresql",
    "supergateway",
    "typescript_client",
    "typescript_server",
]
