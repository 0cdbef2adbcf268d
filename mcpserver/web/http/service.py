"""Everything a handler needs, in one value under one key."""

from aiohttp import web
from attrs import field, frozen

from mcpbase.guard.proxies import Proxies
from mcpbase.seal import Seal
from mcpbase.sign_in.throttle import Throttle

from ...accounts.service import Accounts
from ...masking import masked
from ...oauth.clients.authentication import Clients
from ...oauth.keys.dpop import Proofs
from ...oauth.keys.key_ring import KeyRing
from ...oauth.limits.quota import Quota
from ...oauth.protocol.resources import Resources
from ...oauth.protocol.scopes import ScopeCatalog
from ...oauth.resource.server import ResourceServer
from ...oauth.tokens.access_token import AccessTokens
from ...oauth.tokens.id_jag import IdentityAssertions
from ...oauth.tokens.id_token import IdTokens
from ...settings import Settings
from ...sources import Sources
from ...store import Store


@frozen
class Site:
    """What every answer needs, whether people sign in here or elsewhere."""

    settings: Settings
    sources: Sources
    proxies: Proxies = field(init=False)

    @proxies.default
    def _(self) -> Proxies:
        return Proxies(self.settings.public_url, self.settings.trusted_proxies, "MCPSERVER_TRUSTED_PROXIES", masked)


@frozen
class Service:
    settings: Settings
    store: Store
    seal: Seal
    keys: KeyRing
    scopes: ScopeCatalog
    resources: Resources
    clients: Clients
    access_tokens: AccessTokens
    resource_server: ResourceServer
    accounts: Accounts
    sources: Sources
    user_codes: Throttle
    """Of guesses at the codes that devices show."""
    devices: Throttle
    """Of devices that ask."""
    pushes: Throttle
    """Of authorization requests that are pushed."""
    pushed_bytes: Quota
    device_bytes: Quota
    """What the requests of either kind take in the database, by address and in total."""
    registrations: Throttle
    """Of clients that register themselves."""
    id_tokens: IdTokens | None = None
    """None when OpenID Connect is switched off."""
    identities: IdentityAssertions | None = None
    """None when no identity provider is trusted."""
    proofs: Proofs | None = None
    """None when DPoP is switched off."""


SITE: web.AppKey[Site] = web.AppKey("site", Site)
SERVICE: web.AppKey[Service] = web.AppKey("service", Service)
