"""The parts of the service that handlers of several rooms use, each under a key of its own.

What one module alone uses has its key there. ``compose`` puts all of them into the application.
"""

from aiohttp import web
from attrs import field, frozen

from mcpbase.guard import Proxies
from mcpbase.masking import masked

from ...accounts import Accounts
from ...oauth.clients import Clients
from ...oauth.keys import Proofs
from ...oauth.resource import ResourceServer
from ...oauth.tokens import TokenIssuer
from ...settings import Settings
from ...sources import Sources
from ...store import Store


@frozen
class Site:
    """What every response needs, whether people sign in here or elsewhere."""

    settings: Settings
    sources: Sources
    proxies: Proxies = field(init=False)

    @proxies.default
    def _(self) -> Proxies:
        return Proxies(self.settings.public_url, self.settings.trusted_proxies, "MCPSERVER_TRUSTED_PROXIES", masked)


SITE: web.AppKey[Site] = web.AppKey("site", Site)
STORE: web.AppKey[Store] = web.AppKey("store", Store)
ACCOUNTS: web.AppKey[Accounts] = web.AppKey("accounts", Accounts)
CLIENTS: web.AppKey[Clients] = web.AppKey("clients", Clients)
PROOFS: web.AppKey[Proofs] = web.AppKey("proofs", Proofs)
"""Not there when DPoP is switched off."""
RESOURCE_SERVER: web.AppKey[ResourceServer] = web.AppKey("resource_server", ResourceServer)
TOKEN_ISSUER: web.AppKey[TokenIssuer] = web.AppKey("token_issuer", TokenIssuer)
