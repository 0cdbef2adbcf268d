"""The parts of the authorization server, built once from the settings.

``Service`` is for those who compose and start: the web application takes its parts from it, and commands and tests
reach them under ``SERVICE``. Handlers never see it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web
from attrs import frozen

from mcpbase.seal import Seal, SealBroken
from mcpbase.settings import SettingError
from mcpbase.sign_in import SIGN_IN as ATTEMPTS
from mcpbase.sign_in import Allowances, Passwords, Throttle

from ..accounts import Accounts, Identities
from ..database_url import without_secrets
from ..mcp import Server
from ..network import Network
from ..oauth.clients import ClientAssertions, ClientDocuments, Clients, Rules, StatelessClients, Workloads
from ..oauth.keys import ID_TOKEN_ALGORITHMS, Issuers, KeyRing, KeyRules, Proofs, RemoteKeys
from ..oauth.limits import FetchQueue, Guesses, Quota
from ..oauth.protocol import SIGN_IN, Resources, ScopeCatalog
from ..oauth.resource import OwnTokens, ResourceServer
from ..oauth.tokens import ID_TOKEN_LIFETIME, AccessTokens, IdentityAssertions, IdTokens, TokenIssuer, context_class
from ..processes import ProcessEvents
from ..secret_file import secret_path
from ..settings import Settings
from ..sources import Sources
from ..store import Store, StoreBusy, StoreError
from ..web.well_known import MAX_AGE, resource_metadata_url
from .other_processes import count_together

REFRESH_KEYS = 60
"""Seconds that a process may miss a new key, at the longest: keys are published, and verify, for that much longer."""

PUBLISH_KEYS = REFRESH_KEYS + MAX_AGE
"""Seconds for which a key is published before it signs: until every process has it, and every copy of the published
keys has expired.
"""


@frozen
class Service:
    """The parts. ``proofs`` is None when DPoP is switched off."""

    settings: Settings
    store: Store
    seal: Seal
    sources: Sources
    keys: KeyRing
    resources: Resources
    clients: Clients
    accounts: Accounts
    access_tokens: AccessTokens
    resource_server: ResourceServer
    issuer: TokenIssuer
    events: ProcessEvents
    proofs: Proofs | None = None

    @property
    def scopes(self) -> ScopeCatalog:
        return self.resources.scopes

    def throttle(self, name: str, allowances: Allowances) -> Throttle:
        """A throttle that all processes count together; the name tells it from others."""
        return shared_throttle(self.events, self.seal, self.sources, name, allowances)

    def quota(self, name: str, *, each: int, total: int, least: int, seconds: int) -> Quota:
        """A quota that all processes count together."""
        quota = Quota(self.sources, each=each, total=total, least=least, seconds=seconds)
        count_together(self.events, f"bytes of {name}", quota)
        return quota


SERVICE: web.AppKey[Service] = web.AppKey("service", Service)


@contextmanager
def starting() -> Iterator[None]:
    """Around everything that happens at a start. Raises StoreError when the database is busy."""
    try:
        yield
    except StoreBusy as busy:
        raise StoreError(
            f"The database cannot be used at the moment ({busy}), so that the service did not start: try again in a "
            "moment."
        ) from busy


async def prepare_keys(settings: Settings, store: Store, seal: Seal, sources: Sources) -> KeyRing:
    """The signing keys, as the service needs them at its start. Raises SettingError."""
    keys = await open_keys(settings, store, seal, sources)
    await keys.adopt_algorithms()
    await keys.renew()
    return keys


@frozen
class Foundation:
    """What the parts of a service are built on, opened before them."""

    settings: Settings
    store: Store
    seal: Seal
    sources: Sources
    keys: KeyRing
    network: Network
    events: ProcessEvents


def create_service(foundation: Foundation, scopes: ScopeCatalog) -> Service:
    """``scopes`` are those of the application. Raises SettingError."""
    settings, store, sources = foundation.settings, foundation.store, foundation.sources
    resources = resources_of(settings, scopes)
    issuers = Issuers(foundation.network.trusted, sources)
    clients = create_clients(foundation, Rules(settings, resources.scopes), issuers)
    proofs = create_proofs(settings, foundation.seal, sources, foundation.events)
    access_tokens = create_access_tokens(foundation)
    resource_server = ResourceServer(
        OwnTokens(access_tokens, store, sources.monotonic),
        scopes=scopes,
        resource_metadata_url=resource_metadata_url(settings),
        sources=sources,
        proofs=proofs,
    )
    return Service(
        settings=settings,
        store=store,
        seal=foundation.seal,
        sources=sources,
        keys=foundation.keys,
        resources=resources,
        clients=clients,
        accounts=create_accounts(
            settings,
            store,
            sources,
            shared_throttle(foundation.events, foundation.seal, sources, "sign-in", ATTEMPTS),
        ),
        events=foundation.events,
        access_tokens=access_tokens,
        resource_server=resource_server,
        issuer=create_token_issuer(
            foundation,
            access_tokens,
            resources,
            resource_server=resource_server,
            issuers=issuers,
            workloads=clients.workloads,
        ),
        proofs=proofs,
    )


def create_access_tokens(foundation: Foundation) -> AccessTokens:
    settings = foundation.settings
    return AccessTokens(
        foundation.keys,
        issuer=settings.issuer,
        resource=settings.resource,
        lifetime=settings.access_token_lifetime,
        sources=foundation.sources,
    )


def create_token_issuer(
    foundation: Foundation,
    access_tokens: AccessTokens,
    resources: Resources,
    *,
    resource_server: ResourceServer,
    issuers: Issuers,
    workloads: Workloads | None,
) -> TokenIssuer:
    settings, store, sources = foundation.settings, foundation.store, foundation.sources
    return TokenIssuer(
        store=store,
        access_tokens=access_tokens,
        resources=resources,
        refresh_token_lifetime=settings.refresh_token_lifetime,
        reuse_window=settings.refresh_reuse_window,
        sources=sources,
        forget=resource_server.forget,
        identities=create_identities(settings, store, issuers, sources),
        workloads=workloads,
        id_tokens=create_id_tokens(settings, store, foundation.keys, sources),
        dpop_only=settings.dpop == "required",
    )


async def open_keys(settings: Settings, store: Store, seal: Seal, sources: Sources) -> KeyRing:
    """The signing keys. Raises SettingError when the secret is not the one that sealed them.

    A process that has not heard of a rotation yet still signs with the old key, so that key verifies for that much
    longer.
    """
    longest = max(settings.access_token_lifetime, ID_TOKEN_LIFETIME if settings.openid else 0)
    further = ID_TOKEN_ALGORITHMS if settings.openid else ()
    rules = KeyRules(longest + REFRESH_KEYS, settings.key_rotation, PUBLISH_KEYS, settings.signing_algorithm, further)
    try:
        return await KeyRing.load(store, seal, sources, rules)
    except SealBroken:
        place = "setting secret" if settings.secret is not None else f"secret_file {secret_path(settings)}"
        raise SettingError(
            f"The {place} is not the one that sealed the keys in {without_secrets(settings.database)}: put that one "
            "back, or name another database."
        ) from None


def create_accounts(settings: Settings, store: Store, sources: Sources, throttle: Throttle | None = None) -> Accounts:
    passwords = Passwords(settings.password_hash_slots, sources.hasher)
    return Accounts(store, passwords, throttle or Throttle(sources), sources, settings.session_lifetime)


def shared_throttle(events: ProcessEvents, seal: Seal, sources: Sources, name: str, allowances: Allowances) -> Throttle:
    """A throttle whose keys are the same in every process, so that they can count together."""
    throttle = Throttle(sources, allowances, secret=seal.mac(name.encode(), purpose="throttle"))
    count_together(events, name, throttle)
    return throttle


def create_clients(foundation: Foundation, rules: Rules, issuers: Issuers) -> Clients:
    settings, store, sources = foundation.settings, foundation.store, foundation.sources
    network = foundation.network
    queue, guesses = FetchQueue(sources), Guesses(sources)
    count_together(foundation.events, "client secrets", guesses)
    return Clients(
        store,
        assertions=ClientAssertions(
            store, RemoteKeys(network.strangers, sources, queue=queue), settings.issuer, sources
        )
        if settings.client_assertions
        else None,
        workloads=Workloads(store, issuers, settings.issuer, sources) if settings.workload_identities else None,
        documents=ClientDocuments(store, network.strangers, rules, sources, queue=queue)
        if settings.client_documents
        else None,
        guesses=guesses,
        stateless=StatelessClients(foundation.seal, sources) if settings.registration == "open" else None,
    )


def create_identities(
    settings: Settings, store: Store, issuers: Issuers, sources: Sources
) -> IdentityAssertions | None:
    """None when no identity provider is trusted."""
    if not settings.identity_providers:
        return None
    people = Identities(store, sources, settings.identity_accounts)
    return IdentityAssertions(
        frozenset(settings.identity_providers), issuers, people.find_person, settings.issuer, sources
    )


def create_id_tokens(settings: Settings, store: Store, keys: KeyRing, sources: Sources) -> IdTokens | None:
    """None when OpenID Connect is switched off."""
    if not settings.openid:
        return None
    return IdTokens(keys, settings.issuer, context_class(settings), store.find_account, sources)


def create_proofs(settings: Settings, seal: Seal, sources: Sources, events: ProcessEvents) -> Proofs | None:
    """None when DPoP is switched off."""
    if settings.dpop == "off":
        return None
    proofs = Proofs(seal, sources, required=settings.dpop == "required", nonces=settings.dpop_nonces)
    count_together(events, "proofs", proofs)
    return proofs


def scopes_of(server: Server) -> ScopeCatalog:
    """What people may allow: the scopes that a server describes and that its tools ask for. Raises SettingError."""
    try:
        return ScopeCatalog.of(server.scopes, server.scope_names)
    except ValueError as error:
        raise SettingError(f"The server {server.info['name']} cannot be served: {error}") from None


def resources_of(settings: Settings, scopes: ScopeCatalog) -> Resources:
    """All that people and operators may allow here: ``scopes``, those of the resources that the settings name, and what
    sign-in needs.

    Raises SettingError.
    """
    require_resources(settings)
    return Resources(settings.resource, scopes, settings.named_resources, SIGN_IN if settings.openid else ())


def require_resources(settings: Settings) -> None:
    """Raises SettingError when the setting resources names the MCP endpoint here."""
    if settings.resource in settings.named_resources:
        raise SettingError(
            f"The setting resources names {settings.resource}, the MCP endpoint here: its scopes are described by the "
            "server's own scopes=."
        )
