"""Signing in for a program: a person is asked for consent only."""

import asyncio
import webbrowser
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from attrs import define, evolve, field, frozen

from ..errors import NeedsScope, StrangeCallback
from ..mcp.protocol import Refusal
from ..models import Backing, Credentials, Tokens
from ..oauth import WITHOUT_PERSON, Request, SignIn, TokenKeeper, demanded, union
from ..trace import CLIENT, YOU, Chapter
from .loopback import LoopbackRedirect, listening
from .token_stores import ServerMemory

MOST_GRANTS = 2
"""How often the same permission is asked for, as long as the program runs (MCP 2026-07-28, step-up authorization
flow).
"""
MOST_IN_A_ROW = 1
"""How many sign-ins may bring a token that the server refuses at once: another one leads to the same place, unless
it asks for something else.
"""
MOST_NONCES = 2
Voucher = Callable[[], Awaitable[Backing] | Backing]
"""Gives what vouches for the program at this moment: a platform's tokens are short-lived."""
Browser = Callable[[str], Awaitable[object] | object]


async def open_in_browser(url: str) -> None:
    """In the person's own browser; the address is printed too, for machines that have none."""
    print(f"Sign in here: {url}")
    await asyncio.to_thread(webbrowser.open, url)


@frozen
class Consent:
    """Gets tokens for a program. ``browser`` takes a person to an address; None means that there is nobody to ask."""

    sign_in: SignIn
    memory: ServerMemory
    browser: Browser | None
    typed: Credentials | None = None
    backing: "Backing | Voucher" = field(factory=Backing)
    patience: float = 300

    @property
    def alone(self) -> bool:
        """Whether the grant needs nobody's consent."""
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
        """Once more without a person. Raises FlowError."""
        return await self._alone(await self.request(None))

    async def ask(self, refusal: Refusal, scopes: tuple[str, ...] = ()) -> Tokens:
        """Tokens for what was refused. Raises FlowError."""
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
            # RFC 8252 section 7.3: the port may change from one sign-in to the next; the registration names this one.
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
        """Records callbacks that are not the answer in the trace at once: the sign-in may never end otherwise."""
        while True:
            problem = await redirect.strange.get()
            title, rule = "A callback that is not the answer", "RFC 6749 section 10.12"
            with suppress(StrangeCallback):
                async with self.sign_in.reach.trace.hop(
                    YOU, CLIENT, Chapter.CONSENT, title, method="GET", url=redirect.uri, rule=rule
                ):
                    raise StrangeCallback(problem)


@define
class ProgramAuthorizer:
    """For one connection: a token refused is refreshed, then asked for anew; a permission missing is asked for
    together with those held.
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
        """Raises FlowError: what a person can help with only where there is none, or when it was tried often enough."""
        async with self._lock:
            tokens = await self.keeper.store.find_tokens()
            if not self._settled(refusal, tokens):
                await self._settle(refusal, tokens)
            self._comes_back = True

    def _settled(self, refusal: Refusal, tokens: Tokens | None) -> bool:
        """Whether another request brought a new token meanwhile, or a nonce is all that was missing."""
        shown = refusal.headers.get("Authorization", "").partition(" ")[2]
        if tokens and shown and shown != tokens.access_token:
            return True
        if refusal.wants_nonce and tokens and tokens.kind == "DPoP" and self._nonces < MOST_NONCES:
            self._nonces += 1
            self.learn(refusal.url, refusal.nonce or "")
            return True
        return False

    def _count(self) -> None:
        """Sign-ins go on counting until one brought a token that was good for something: it was shown before it was
        refused.
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
        """MCP 2026-07-28: the union of what was asked for before and what is missing, a few times and no more."""
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
