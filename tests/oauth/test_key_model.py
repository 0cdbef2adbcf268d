"""Signing keys against a model of them: two processes rotate, restart, purge and change their minds about the algorithm
in any order, and every token that has not expired verifies in both (RFC 7517 section 5)."""

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from attrs import define
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mcpbase.seal import Seal
from mcpserver.compose.service import PUBLISH_KEYS, REFRESH_KEYS
from mcpserver.oauth.keys.key_ring import KeyRing, KeyRules
from mcpserver.oauth.keys.signing import EDDSA, ES256
from mcpserver.oauth.protocol.models import SigningKey
from mcpserver.store import Store, open_store

from ..holders import Clock

T = TypeVar("T")
LIFETIME, ROTATION = 1800, 7200
LOOK_AFTER = 5
"""Seconds after which a process looks for a key id that it does not know."""
either = st.integers(0, 1)


@define
class Process:
    """One of those that share the database; ``looked_at`` is when it last did by itself."""

    store: Store
    ring: KeyRing
    looked_at: int


class Keys(RuleBasedStateMachine):
    """The model: since when each key can be read, and which key signed what, until when it is good."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.sources = self.clock.sources()
        self.processes: list[Process] = []
        self.published_at: dict[str, int] = {}
        self.sudden: set[str] = set()
        self.tokens: list[tuple[str, str, int]] = []

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        for process in self.processes:
            self.run(process.store.close())
        self.runner.close()
        self.folder.cleanup()

    @initialize()
    def begin(self) -> None:
        self.processes = [self.run(self.start(ES256)) for _ in range(2)]
        self.sudden = {key.kid for key in self.kept()}

    async def start(self, algorithm: str) -> Process:
        store = await open_store(f"sqlite:///{Path(self.folder.name) / 'keys.db'}")
        rules = KeyRules(LIFETIME + REFRESH_KEYS, ROTATION, PUBLISH_KEYS, algorithm)
        return Process(store, await KeyRing.load(store, Seal(bytes(32)), self.sources, rules), self.clock.now)

    def kept(self) -> list[SigningKey]:
        return self.run(self.processes[0].store.list_signing_keys())

    @rule(
        seconds=st.sampled_from(
            (1, 10, REFRESH_KEYS - 1, REFRESH_KEYS, PUBLISH_KEYS, LIFETIME - 1, LIFETIME, ROTATION - PUBLISH_KEYS)
        )
    )
    def wait(self, seconds: int) -> None:
        """Meanwhile each process looks once a minute, as the service does, at the second where it started to."""
        until = self.clock.now + seconds
        while (turn := min(process.looked_at for process in self.processes) + REFRESH_KEYS) <= until:
            self.clock.now = turn
            for process in self.processes:
                if process.looked_at + REFRESH_KEYS == turn:
                    self.look(process)
        self.clock.now = until

    def look(self, process: Process) -> None:
        """One that finds its algorithm's key retired makes another at once."""
        before = {key.kid: key.algorithm for key in self.kept() if key.retired_at is None}
        self.run(process.ring.renew())
        self.sudden |= {
            key.kid for key in self.kept() if key.algorithm not in before.values() and key.kid not in before
        }
        process.looked_at = self.clock.now
        self.note_keys()

    @rule(process=either)
    def rotate(self, process: int) -> None:
        """Of an algorithm whose keys are all retired, the new one signs at once."""
        key = self.run(self.processes[process].ring.rotate(lead=PUBLISH_KEYS))
        self.sudden |= {key.kid} if key.signs_from <= self.clock.now else set()

    @rule(process=either)
    def rotate_at_once(self, process: int) -> None:
        self.sudden.add(self.run(self.processes[process].ring.rotate()).kid)

    @rule(process=either, algorithm=st.sampled_from((ES256, EDDSA)))
    def restart(self, process: int, algorithm: str) -> None:
        before = {key.kid for key in self.kept()}
        self.run(self.processes[process].store.close())
        self.processes[process] = started = self.run(self.start(algorithm))
        self.run(started.ring.adopt_algorithms())
        self.sudden |= {key.kid for key in self.kept()} - before
        self.look(started)

    @rule(process=either)
    def purge(self, process: int) -> None:
        self.run(self.processes[process].store.purge(self.clock.now, access_token_lifetime=LIFETIME))

    @invariant()
    def note_keys(self) -> None:
        for key in self.kept():
            self.published_at.setdefault(key.kid, self.clock.now)

    @invariant()
    def one_key_of_each_algorithm_signs_and_one_is_the_newest(self) -> None:
        for algorithm in {key.algorithm for key in self.kept() if key.state(self.clock.now) != "retired"}:
            keys = [key for key in self.kept() if key.algorithm == algorithm]
            assert [key.state(self.clock.now) for key in keys].count("active") == 1
            assert [key.retired_at for key in keys].count(None) == 1

    @invariant()
    def key_that_signs_was_published_long_enough(self) -> None:
        for process in self.processes:
            kid = process.ring.active.kid
            assert kid in self.sudden or self.clock.now - self.published_at[kid] >= PUBLISH_KEYS

    @invariant()
    def tokens_verify_in_both_until_they_expire(self) -> None:
        """Each signs whenever anything has happened.

        A token of a sudden key may have to wait until it is time to look for the key.
        """
        for process in self.processes:
            signer, ends = process.ring.active, self.clock.now + LIFETIME
            self.tokens.append((signer.kid, signer.sign({"exp": ends}, type_="at+jwt"), ends))
        self.tokens = [token for token in self.tokens if token[2] > self.clock.now]
        for process in self.processes:
            for kid, text, ends in self.tokens:
                key = self.run(process.ring.find_fresh(kid))
                if key is None:
                    assert kid in self.sudden
                    assert self.clock.now - self.published_at[kid] < LOOK_AFTER
                else:
                    assert key.read(text) == {"exp": ends}


Keys.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
TestKeys = Keys.TestCase
