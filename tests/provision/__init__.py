"""What the tests need beyond Python: Chromium, proxies, systemd-analyze, PostgreSQL, PgBouncer, Node and the npm
packages that judge us.

``python -m tests.provision [NAME ...]`` looks for each of chromium, nginx, haproxy, caddy, systemd, postgresql,
pgbouncer and node (with the packages), or for those named; it installs what it can, and says in one sentence what it
cannot. ``python -m tests.provision lock`` pins anew what the npm packages stand on.
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
from .proxy import caddy, haproxy, nginx, provide_caddy, provide_haproxy, provide_nginx
from .systemd import provide_systemd, systemd_analyze

__all__ = [
    "LackError",
    "axe",
    "caddy",
    "chromium",
    "conformance",
    "earlier_typescript_sdk",
    "haproxy",
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
    "provide_caddy",
    "provide_chromium",
    "provide_haproxy",
    "provide_nginx",
    "provide_packages",
    "provide_pgbouncer",
    "provide_postgresql",
    "provide_systemd",
    "supergateway",
    "systemd_analyze",
    "typescript_client",
    "typescript_server",
]
