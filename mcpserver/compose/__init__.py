"""The composition root: one application out of all parts.

``app`` builds the whole service: its parts (``service``), its pages and endpoints (``authorization_server``).
``resource_app`` is the MCP endpoint alone, for people who sign in elsewhere. Both begin with ``site`` and add
``endpoint``. ``mount`` puts either under a path of another application; ``background`` repeats what ``app`` names
beside the requests: deleting what is past use, watching the database file; ``other_processes`` exchanges events with
the other processes of the service. Nothing is decided here.

It may import ``accounts``, ``application``, ``mcp``, ``mcp.protocol``, ``network``, ``oauth.authorize``,
``oauth.clients``, ``oauth.discovery``, ``oauth.keys``, ``oauth.limits``, ``oauth.protocol``, ``oauth.resource``,
``oauth.tokens``, ``oauth.tokens.grants``, ``processes``, ``store``, ``transports``, ``transports.http``,
``web.authorization``, ``web.endpoints``, ``web.http``, ``web.pages``, ``web.well_known`` and the value modules at the
top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .app import create_app, create_open_app, require_startable
from .mount import mount, standalone
from .service import PUBLISH_KEYS, SERVICE, Service, create_accounts, open_keys, resources_of, scopes_of

__all__ = [
    "PUBLISH_KEYS",
    "SERVICE",
    "Service",
    "create_accounts",
    "create_app",
    "create_open_app",
    "mount",
    "open_keys",
    "require_startable",
    "resources_of",
    "scopes_of",
    "standalone",
]
