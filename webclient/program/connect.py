"""connect(): a connection from a program to one MCP server, with sign-in."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

from ..addresses import host_of
from ..fetcher import Fetcher, Limits
from ..mcp import FixedAuthorizer, MCPClient, read_header
from ..mcp.protocol import LONGEST_EVENT, Authorizer, Host, Options, Silent
from ..oauth import FlowContext, Identity, SignIn, TokenKeeper
from ..oauth.protocol import UNDECIDED, Backing, Credentials, Preferences
from ..sources import Sources
from ..trace import NoHops, Trace
from .sign_in import Browser, Consent, ProgramAuthorizer, Voucher, open_in_browser
from .token_stores import MemoryTokenStore, ServerMemory, TokenStore


@asynccontextmanager
async def connect(
    url: str,
    *,
    token_store: TokenStore | None = None,
    preferences: Preferences = UNDECIDED,
    credentials: Credentials | None = None,
    backing: Backing | Voucher | None = None,
    headers: Mapping[str, str] | None = None,
    open_browser: Browser | None = open_in_browser,
    patience: float = 300,
    client_name: str = "MCP program",
    client_metadata_url: str = "",
    host: Host | None = None,
    options: Options | None = None,
    limits: Limits | None = None,
    trace: Trace | None = None,
    sources: Sources | None = None,
) -> AsyncIterator[MCPClient]:
    """Connect to an MCP server, and sign in when it requires that.

    ``async with connect("https://example.com/mcp") as client: await client.call_tool("add", {"a": 1, "b": 2})``

    Nothing is sent before the first request. When the server requires a sign-in, ``open_browser`` is called with the
    address of the consent page (a function or a coroutine function; None when no person can be asked), and the response
    is awaited for ``patience`` seconds on a port of this machine. ``credentials`` are a client id, with a secret or a
    key, issued by the authorization server's owner; with ``Preferences(grant="client_credentials")`` no person is
    needed, nor is one for the grants that use ``backing``: a value, or a function that returns a fresh one each time.
    ``headers`` carry a key issued by the server's owner ({"X-Api-Key": "..."}, {"Authorization": "Bearer ..."}): then
    there is no sign-in. ``client_metadata_url`` is the address of a client ID metadata document that you host.

    Raises ValueError when ``url`` is not a web address; later failures raise FlowError with one sentence.
    """
    if not url.startswith(("https://", "http://")) or host_of(url) is None:
        raise ValueError(f"{url!r} is not a web address.")
    fixed = {each: text for name, value in (headers or {}).items() for each, text in read_header(name, value).items()}
    chosen, bounds = sources or Sources(), limits or Limits()
    longest = max(LONGEST_EVENT, bounds.max_response_size)
    settings = options or Options(client_name=client_name, protocol=preferences.protocol, longest_event=longest)
    fetcher, hops = Fetcher(bounds, chosen), trace or Trace(NoHops(chosen.token_bytes(32)), url, chosen)
    try:
        authorizer: Authorizer
        if fixed:
            authorizer = FixedAuthorizer(partial(_given, fixed), url, hops)
        else:
            memory = ServerMemory(token_store or MemoryTokenStore(), url)
            identity = await _identity(memory, client_name, client_metadata_url)
            sign_in = SignIn(FlowContext(fetcher, hops, chosen, url), identity, memory, preferences)
            consent = Consent(sign_in, memory, open_browser, credentials, backing or Backing(), patience)
            authorizer = _authorizer(consent)
        async with MCPClient(fetcher, hops, url, authorizer, host or Silent(), settings) as client:
            yield client
    finally:
        await fetcher.close()


async def _identity(memory: ServerMemory, client_name: str, document: str) -> Identity:
    """How the program describes itself, with the redirect URI that it was registered with before."""
    saved = await memory.store.load(memory.url)
    return Identity(client_name, saved.redirect_uri, native=True, document=document)


def _authorizer(consent: Consent) -> ProgramAuthorizer:
    """Tokens are renewed by their refresh token, or with a new grant where no person is needed for one."""
    again = consent.again if consent.alone else None
    return ProgramAuthorizer(TokenKeeper(consent.memory, consent.sign_in, again), consent)


async def _given(headers: Mapping[str, str]) -> Mapping[str, str]:
    return headers
