"""Grants against a model of them: whatever is redeemed, refreshed, revoked and restarted in whatever order, only what
the model says is alive is alive (OAuth 2.1 sections 4.1.3 and 4.3.1, RFC 7009, RFC 9700 section 4.14.2)."""

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from attrs import define, field
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mcpbase.seal import Seal
from mcpserver.accounts.models import Account, Session
from mcpserver.oauth.authorize.decision import Decider, Lifetimes, approve
from mcpserver.oauth.authorize.request import AuthorizationRequest, Target
from mcpserver.oauth.keys.key_ring import KeyRing, KeyRules
from mcpserver.oauth.protocol.errors import AccessDenied, BearerError, InvalidGrant
from mcpserver.oauth.protocol.models import Client, ClientKind
from mcpserver.oauth.protocol.parameters import Parameters
from mcpserver.oauth.protocol.resources import Resources
from mcpserver.oauth.protocol.scopes import Scope, ScopeCatalog
from mcpserver.oauth.resource.local_verifier import OwnTokens
from mcpserver.oauth.resource.server import ResourceServer
from mcpserver.oauth.tokens.access_token import AccessTokens
from mcpserver.oauth.tokens.endpoint import TokenAnswer, TokenIssuer
from mcpserver.oauth.tokens.grants.code import redeem_code
from mcpserver.oauth.tokens.grants.refresh import SIBLINGS, redeem_refresh_token
from mcpserver.oauth.tokens.revocation import revoke_token
from mcpserver.store import Store, open_store

from ..asker import CHALLENGE, REDIRECT_URI, VERIFIER
from ..holders import Clock

T = TypeVar("T")
ISSUER = "https://server.example"
RESOURCE = f"{ISSUER}/mcp"
SCOPES = ScopeCatalog((Scope("read", "Read"), Scope("write", "Write")))
CODE, ACCESS, REFRESH, GRANT, WINDOW, DAY = 60, 600, 4000, 20_000, 30, 86_400
SESSIONS = [Session(bytes([number]) * 32, "ada", 1, 10**10, f"session {number}") for number in (1, 2)]
CLIENT = Client("client", "A client", (REDIRECT_URI,), ClientKind.OPERATOR, 1)
any_number = st.integers(0, 30)


@define(eq=False)
class Process:
    """One of those that share the database."""

    store: Store
    issuer: TokenIssuer
    resource_server: ResourceServer


@define(eq=False)
class Expected:
    """What the model knows of a grant.

    ``refresh_tokens`` are (value, generation, end), ``access_tokens`` (value, end).
    """

    code: str
    code_ends: int
    ends: int
    session: int
    spent: bool = False
    revoked: bool = False
    generation: int = 0
    rotated_at: int = 0
    refresh_tokens: list[tuple[str, int, int]] = field(factory=list)
    access_tokens: list[tuple[str, int]] = field(factory=list)

    def siblings(self) -> int:
        return sum(generation == self.generation for _, generation, _ in self.refresh_tokens)


class Grants(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.sources = self.clock.sources()
        self.grants: list[Expected] = []
        self.processes: list[Process] = []
        self.disabled = False
        self.purged_at = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        for process in self.processes:
            self.run(process.store.close())
        self.runner.close()
        self.folder.cleanup()

    @initialize()
    def begin(self) -> None:
        for _ in range(2):
            self.processes.append(self.run(self.start()))
        store = self.processes[0].store
        assert self.run(store.add_account(Account("ada", "ada", "Ada", 1, "no password")))
        self.sign_in()
        self.run(store.add_client(CLIENT))

    def sign_in(self) -> None:
        """In every browser that has no session."""
        for session in SESSIONS:
            self.run(self.processes[0].store.add_session(session))

    async def start(self) -> Process:
        store = await open_store(f"sqlite:///{Path(self.folder.name) / 'grants.db'}")
        ring = await KeyRing.load(store, Seal(bytes(32)), self.sources, KeyRules(overlap=ACCESS))
        tokens = AccessTokens(ring, issuer=ISSUER, resource=RESOURCE, lifetime=ACCESS, sources=self.sources)
        server = ResourceServer(
            OwnTokens(tokens, store, self.sources.monotonic),
            scopes=SCOPES,
            resource_metadata_url=ISSUER,
            sources=self.sources,
        )
        issuer = TokenIssuer(
            store=store,
            access_tokens=tokens,
            resources=Resources(RESOURCE, SCOPES, {}),
            refresh_token_lifetime=REFRESH,
            reuse_window=WINDOW,
            sources=self.sources,
            forget=server.forget,
        )
        return Process(store, issuer, server)

    def process(self, number: int) -> Process:
        return self.processes[number % len(self.processes)]

    def grant(self, number: int) -> Expected:
        return self.grants[number % len(self.grants)]

    @rule(at=any_number, session=st.integers(0, 1))
    def connect(self, at: int, session: int) -> None:
        """Consent and redemption in one breath, as clients do."""
        self.consent(at, session)
        if not self.disabled:
            self.redeem(len(self.grants) - 1, at)

    @precondition(lambda self: len(self.grants) < 4)
    @rule(at=any_number, session=st.integers(0, 1))
    def consent(self, at: int, session: int) -> None:
        target = Target(CLIENT, REDIRECT_URI, None, ISSUER)
        asked = AuthorizationRequest(target, "read write", RESOURCE, CHALLENGE)
        decider = Decider(self.process(at).store, Seal(bytes(32)), self.sources, Lifetimes(code=CODE, grant=GRANT))
        work = approve(decider, asked, {"read", "write"}, session=SESSIONS[session])
        try:
            answer = self.run(work)
        except AccessDenied:
            assert self.disabled
            return
        assert not self.disabled
        self.grants.append(Expected(answer.parameters["code"], self.clock.now + CODE, self.clock.now + GRANT, session))

    @precondition(lambda self: self.grants)
    @rule(which=any_number, at=any_number)
    def redeem(self, which: int, at: int) -> None:
        grant, now = self.grant(which), self.clock.now
        answer = self.attempt(redeem_code, at, code=grant.code, code_verifier=VERIFIER, redirect_uri=REDIRECT_URI)
        good = not grant.spent and not grant.revoked and now < min(grant.code_ends, grant.ends)
        assert (answer is not None) == good
        if answer is not None:
            grant.spent = True
            self.keep(grant, answer, generation=0)
        elif grant.spent and now < grant.code_ends + DAY:
            grant.revoked = True

    @precondition(lambda self: any(grant.refresh_tokens for grant in self.grants))
    @rule(which=any_number, token=any_number, at=any_number)
    def refresh(self, which: int, token: int, at: int) -> None:
        living = [grant for grant in self.grants if grant.refresh_tokens and not grant.revoked]
        holders = living or [grant for grant in self.grants if grant.refresh_tokens]
        grant, now = holders[which % len(holders)], self.clock.now
        value, generation, ends = grant.refresh_tokens[token % len(grant.refresh_tokens)]
        answer = self.attempt(redeem_refresh_token, at, refresh_token=value)
        alive = not grant.revoked and now < min(ends, grant.ends)
        just_rotated = generation == grant.generation - 1 and grant.rotated_at >= now - WINDOW
        if not alive:
            assert answer is None
        elif generation == grant.generation:
            assert answer is not None
            grant.generation, grant.rotated_at = generation + 1, now
            self.keep(grant, answer, generation=generation + 1)
        elif just_rotated:
            assert (answer is not None) == (grant.siblings() < SIBLINGS)
            if answer is not None:
                self.keep(grant, answer, generation=grant.generation)
        else:
            assert answer is None
            grant.revoked = True

    @precondition(lambda self: any(grant.refresh_tokens for grant in self.grants))
    @rule(which=any_number, at=any_number)
    def refresh_as_clients_do(self, which: int, at: int) -> None:
        """With the newest token, so that there are spent ones for ``refresh`` to find."""
        self.refresh(which, -1, at)

    @precondition(lambda self: any(grant.access_tokens for grant in self.grants))
    @rule(which=any_number, token=any_number, at=any_number, by_refresh_token=st.booleans())
    def revoke(self, which: int, token: int, at: int, by_refresh_token: bool) -> None:
        holders = [grant for grant in self.grants if grant.access_tokens]
        grant = holders[which % len(holders)]
        refresh_tokens = [(value, ends) for value, _, ends in grant.refresh_tokens]
        # An access token speaks for itself until it expires; a refresh token is known until it is deleted, some time
        # after that.
        values, unknown_from = (
            (refresh_tokens, self.purged_at) if by_refresh_token else (grant.access_tokens, self.clock.now)
        )
        value, ends = values[token % len(values)]
        self.run(revoke_token(self.process(at).issuer, CLIENT, Parameters([("token", value)])))
        grant.revoked = grant.revoked or ends > unknown_from

    @precondition(lambda self: self.grants)
    @rule(seconds=st.sampled_from([1, 20, WINDOW + 1, CODE + 1, ACCESS + 1, REFRESH + 1, DAY]))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @rule(at=any_number)
    def restart(self, at: int) -> None:
        number = at % len(self.processes)
        self.run(self.processes[number].store.close())
        self.processes[number] = self.run(self.start())

    @rule(at=any_number)
    def purge(self, at: int) -> None:
        self.run(self.process(at).store.purge(self.clock.now, access_token_lifetime=ACCESS))
        self.purged_at = self.clock.now

    @precondition(lambda self: len(self.grants) > 3)
    @rule(at=any_number)
    def disable_and_enable(self, at: int) -> None:
        store = self.process(at).store
        if self.disabled:
            assert self.run(store.enable_account("ada"))
            self.sign_in()
        else:
            assert self.run(store.disable_account("ada", now=self.clock.now))
            for grant in self.grants:
                grant.revoked = True
        self.disabled = not self.disabled

    @precondition(lambda self: self.grants and not self.disabled)
    @rule(at=any_number, session=st.integers(0, 1), disconnect=st.booleans())
    def end_session(self, at: int, session: int, disconnect: bool) -> None:
        """A session takes along what was allowed in it when that is said, and nothing otherwise; the person signs in
        again.
        """
        revoke_at = self.clock.now if disconnect else None
        assert self.run(self.process(at).store.end_session("ada", SESSIONS[session].id, revoke_at=revoke_at))
        for grant in self.grants:
            grant.revoked = grant.revoked or (disconnect and grant.session == session)
        self.sign_in()

    @invariant()
    def only_what_is_alive_is_alive(self) -> None:
        for process in self.processes:
            self.run(process.resource_server.poll_revocations())
            for grant in self.grants:
                for value, ends in grant.access_tokens[-3:]:
                    assert self.is_let_in(process, value) == (not grant.revoked and self.clock.now < ends)

    def is_let_in(self, process: Process, token: str) -> bool:
        try:
            return self.run(process.resource_server.authenticate([f"Bearer {token}"], ())).id == "ada"
        except BearerError:
            return False

    def attempt(self, redeem: Any, at: int, **form: str) -> TokenAnswer | None:
        try:
            answer: TokenAnswer = self.run(redeem(self.process(at).issuer, CLIENT, Parameters(form.items()), None))
        except InvalidGrant:
            return None
        return answer

    def keep(self, grant: Expected, answer: TokenAnswer, *, generation: int) -> None:
        now = self.clock.now
        grant.refresh_tokens.append((str(answer["refresh_token"]), generation, min(now + REFRESH, grant.ends)))
        grant.access_tokens.append((str(answer["access_token"]), now + ACCESS))


Grants.TestCase.settings = settings(max_examples=40, stateful_step_count=60, deadline=None)
TestGrants = Grants.TestCase
