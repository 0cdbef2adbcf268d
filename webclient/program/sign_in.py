"""Signing in for a program, with a person needed for consent only."""

import asyncio
import webbrowser
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from attrs import define, evolve, field, frozen

from ..errors import NeedsScope, StrangeCallback
from ..mcp.protocol import Refusal
from ..oauth import WITHOUT_PERSON, Request, SignIn, TokenKeeper, demanded, union
from ..oauth.protocol import Backing, Credentials, Tokens
from ..trace import CLIENT, YOU, Chapter
from .loopback import LoopbackRedirect, listening
from .token_stores import ServerMemory

MOST_GRANTS = 2
"""Most requests for the same permission while the program runs (MCP 2026-07-28, step-up authorization flow)."""
MOST_IN_A_ROW = 1
"""Most sign-ins in a row whose token the server refuses at once. Another one would have the same result, unless it
requests something else.
"""
MOST_NONCES = 2
Voucher = Callable[[], Awaitable[Backing] | Backing]
"""Returns the current proof of the program's identity, since a platform's tokens are short-lived."""
Browser = Callable[[str], Awaitable[object] | object]


async def open_in_browser(url: str) -> None:
    """Open the address in the person's browser, and print it for machines that have none."""
    print(f"Sign in here: {url}")
    await asyncio.to_thread(webbrowser.open, url)


@frozen
class Consent:
    """Gets tokens for a program. ``browser`` opens an address for a person; None when no person can be asked."""

    sign_in: SignIn
    memory: ServerMemory
    browser: Browser | None
    typed: Credentials | None = None
    backing: "Backing | Voucher" = field(factory=Backing)
    patience: float = 300

    @property
    def alone(self) -> bool:
        """Whether the grant needs no person's consent."""
        return self.sign_in.preferences.grant in WITHOUT_PERSON

    async def request(self, refusal: Refusal | None, scopes: tuple[str, ...] = ()) -> Request:
        saved = await self.memory.store.load(self.memory.url)
        key, held = (saved.tokens.proof_key, saved.tokens) if saved.tokens else (None, None)
        adding = held if refusal and refusal.status == 403 else None
        bound = saved.bound.get(self.typed.client_id, "") if self.typed else ""
        return Request(refusal.challenge if refusal else None, scopes, self.typed, bound, key, adding)

    async def _vouched(self) -> Backing:
        given = self.backing() if callable(self.backing) else self.backing
        return await given if isinstance(given, Awaitable) else given

    async def again(self) -> Tokens:
        """Get tokens again without a person. Raises FlowError."""
        return await self._alone(await self.request(None))

    async def ask(self, refusal: Refusal, scopes: tuple[str, ...] = ()) -> Tokens:
        """Get tokens after a refused request. Raises FlowError."""
        request = await self.request(refusal, scopes)
        if self.alone:
            return await self._alone(request)
        if self.browser is None:
            raise refusal.for_a_person
        return await self._with_person(request, self.browser)

    async def _alone(self, request: Request) -> Tokens:
        tokens = await self.sign_in.without_person(request, await self._vouched())
        await self._bind(tokens.issuer)
        return tokens

    async def _bind(self, issuer: str) -> None:
        if self.typed:
            await self.memory.bind(self.typed.client_id, issuer)

    async def _with_person(self, request: Request, browser: Browser) -> Tokens:
        saved = await self.memory.store.load(self.memory.url)
        async with listening(saved.redirect_uri) as redirect:
            # RFC 8252 section 7.3: the port may differ between sign-ins; the registration names this one.
            sign_in = evolve(self.sign_in, identity=evolve(self.sign_in.identity, redirect_uri=redirect.uri))
            departure = await sign_in.begin(request)
            await self._bind(departure.pending.issuer)
            answer = asyncio.create_task(redirect.wait(departure.state, self.patience))
            strange = asyncio.create_task(self._tell_strange(redirect))
            try:
                opened = browser(departure.url)
                if isinstance(opened, Awaitable):
                    await opened
                return await sign_in.finish(departure.pending, await answer)
            finally:
                answer.cancel()
                strange.cancel()

    async def _tell_strange(self, redirect: LoopbackRedirect) -> None:
        """Record rejected callbacks in the trace as they arrive, since the sign-in may never end otherwise."""
        while True:
            problem = await redirect.strange.get()
            title, rule = "A callback that does not belong to this sign-in", "RFC 6749 section 10.12"
            with suppress(StrangeCallback):
                async with self.sign_in.reach.trace.hop(
                    YOU, CLIENT, Chapter.CONSENT, title, method="GET", url=redirect.uri, rule=rule
                ):
                    raise StrangeCallback(problem)


@define
class ProgramAuthorizer:
    """Authorizes the requests of one connection.

    A refused token is refreshed, then replaced by a new sign-in; a missing permission is requested together with those
    held.
    """

    keeper: TokenKeeper
    consent: Consent
    _asked: "Counter[frozenset[str]]" = field(factory=Counter, repr=False)
    _in_a_row: int = 0
    _renewed: bool = False
    _nonces: int = 0
    _comes_back: bool = False
    _shown: str = field(default="", repr=False)
    _refused: str = field(default="", repr=False)
    _shows: int = 0
    _lock: asyncio.Lock = field(factory=asyncio.Lock, repr=False)

    async def headers(self, method: str, url: str) -> Mapping[str, str]:
        if not self._comes_back:
            self._nonces = 0
        self._comes_back = False
        tokens = await self.keeper.current()
        if tokens and tokens.access_token != self._shown:
            self._shown, self._shows = tokens.access_token, 0
        self._shows += 1
        return self.keeper.headers(tokens, method, url) if tokens else {}

    async def refused(self, refusal: Refusal) -> None:
        """Resolve a refusal, so that the request can be sent again.

        Raises FlowError when that needs a person and there is none to ask, or when it was tried often enough.
        """
        async with self._lock:
            tokens = await self.keeper.store.find_tokens()
            if not self._settled(refusal, tokens):
                await self._settle(refusal, tokens)
            self._comes_back = True

    def _settled(self, refusal: Refusal, tokens: Tokens | None) -> bool:
        """Whether another request got a new token meanwhile, or only a nonce was missing."""
        shown = refusal.headers.get("Authorization", "").partition(" ")[2]
        if tokens and shown and shown != tokens.access_token:
            return True
        if refusal.wants_nonce and tokens and tokens.kind == "DPoP" and self._nonces < MOST_NONCES:
            self._nonces += 1
            self.learn(refusal.url, refusal.nonce or "")
            return True
        return False

    def _count(self) -> None:
        """Reset the count of sign-ins when the last token was accepted before it was refused: it was sent more than
        once.
        """
        if self._shows > 1 and self._shown != self._refused:
            self._in_a_row, self._renewed = 0, False
        self._refused = self._shown

    async def _settle(self, refusal: Refusal, tokens: Tokens | None) -> None:
        self._count()
        if refusal.status == 403:
            await self._step_up(refusal, tokens)
            return
        wrong_kind = tokens is not None and demanded(refusal.challenge) and tokens.kind != "DPoP"
        if (
            tokens
            and refusal.headers
            and not wrong_kind
            and not self._in_a_row
            and not self._renewed
            and await self.keeper.renew(tokens)
        ):
            self._renewed = True
            return
        scopes = union(tokens.requested, refusal.challenge.scopes) if tokens and refusal.challenge else ()
        other = wrong_kind or (tokens is not None and not set(scopes) <= set(tokens.requested))
        await self._sign_in(refusal, scopes, most=MOST_IN_A_ROW + other)

    async def _step_up(self, refusal: Refusal, tokens: Tokens | None) -> None:
        """Request the scopes requested before together with the missing ones (MCP 2026-07-28), a limited number of
        times.

        Raises NeedsScope when no scope is named, when there is no token, or when the limit is reached.
        """
        missing = refusal.challenge.scopes if refusal.challenge else ()
        wanted = frozenset(missing)
        most = 1 if tokens and wanted <= set(tokens.scopes) else MOST_GRANTS
        if not missing or tokens is None or self._asked[wanted] >= most:
            raise NeedsScope(missing)
        self._asked[wanted] += 1
        await self._sign_in(refusal, union(tokens.requested, tokens.scopes, missing), most=MOST_IN_A_ROW + MOST_GRANTS)

    async def _sign_in(self, refusal: Refusal, scopes: tuple[str, ...], *, most: int) -> None:
        if self._in_a_row >= most:
            raise refusal.of_fresh_token
        await self.keeper.store.put_tokens(await self.consent.ask(refusal, scopes))
        self._in_a_row += 1

    def learn(self, url: str, nonce: str) -> None:
        self.keeper.sign_in.reach.nonces.learn(url, nonce)
