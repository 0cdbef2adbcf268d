"""What is limited is counted in all processes of a service together (ASVS 6.1.1, RFC 9449 section 11.1)."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from itertools import cycle
from pathlib import Path

import pytest
from attrs import define

from mcpbase.sign_in import Throttle, Throttled
from mcpserver.compose.service import SERVICE, Service
from mcpserver.oauth.keys import Presented
from mcpserver.oauth.limits import Guesses, Quota
from mcpserver.oauth.protocol import InvalidDpopProof, TooManyRequests
from mcpserver.settings import Settings
from mcpserver.web.authorization.device import USER_CODES
from mcpserver.web.authorization.par import PUSH_LIMITS
from mcpserver.web.endpoints.register import REGISTRATION

from ..clock import Clock
from ..prover import Prover
from ..sample import create_app

HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"
MIB = 1024 * 1024


@define
class Process:
    service: Service
    throttles: dict[str, Throttle]
    quota: Quota


@define
class Both:
    """Two processes of one service."""

    one: Process
    other: Process

    async def tell(self) -> None:
        """Let each hear of the other."""
        for _ in range(2):
            for process in (self.one, self.other):
                await process.service.events.read()
                await process.service.events.write()


@pytest.fixture
async def both(tmp_path: Path, clock: Clock) -> AsyncIterator[Both]:
    settings = Settings(database=f"sqlite:///{tmp_path}/shared.db", public_url="https://service.example")
    apps = [await create_app(settings, sources=clock.sources()) for _ in range(2)]
    made = [
        Process(
            app[SERVICE],
            {
                "sign-in": app[SERVICE].accounts.throttle,
                "user codes": app[USER_CODES],
                "registration": app[REGISTRATION].throttle,
                "pushed requests": app[PUSH_LIMITS].throttle,
            },
            app[PUSH_LIMITS].quota,
        )
        for app in apps
    ]
    two = Both(*made)
    await two.tell()
    yield two
    for app in apps:
        app.freeze()
        await app.startup()
        await app.cleanup()


def fail(throttle: Throttle, address: str = HOME, login: str = "ada") -> None:
    with throttle.attempt(login, address) as attempt:
        attempt.confirm()


def spend(throttle: Throttle, addresses: Sequence[str] = (HOME,)) -> None:
    """Fail until no more failures are allowed."""
    with suppress(Throttled):
        for address in cycle(addresses):
            fail(throttle, address)


@pytest.mark.parametrize("kind", ["sign-in", "user codes", "registration", "pushed requests"])
async def test_attempts_count_in_every_process(both: Both, kind: str) -> None:
    """ASVS 6.1.1: four processes do not allow four times as many guesses."""
    spend(both.one.throttles[kind])
    await both.tell()
    with pytest.raises(Throttled):
        fail(both.other.throttles[kind])
    fail(both.other.throttles[kind], ELSEWHERE, "bob")


async def test_success_in_one_process_clears_what_was_counted_in_the_other(both: Both) -> None:
    throttle = both.one.throttles["sign-in"]
    spend(throttle)
    await both.tell()
    throttle.forgive("ada", HOME)
    await both.tell()
    fail(both.other.throttles["sign-in"])


async def test_owner_who_signed_in_at_one_process_is_not_kept_out_of_the_other_by_strangers(both: Both) -> None:
    """N9: where the owner has signed in before, the guesses of strangers do not count."""
    both.one.throttles["sign-in"].forgive("ada", HOME)
    await both.tell()
    spend(both.other.throttles["sign-in"], [f"203.0.113.{number}" for number in range(1, 250)])
    fail(both.other.throttles["sign-in"], HOME)


async def test_bytes_count_in_every_process(both: Both) -> None:
    """What strangers can have stored at a time is one amount, whichever process stores it."""
    with suppress(TooManyRequests):
        for _ in range(10):
            both.one.quota.take(HOME, MIB)
    await both.tell()
    with pytest.raises(TooManyRequests):
        both.other.quota.take(HOME, MIB)
    both.other.quota.take(ELSEWHERE, MIB)


async def test_guesses_at_client_secrets_count_in_every_process(both: Both) -> None:
    """OAuth 2.1 section 2.4.1."""
    one, other = (_guesses(process.service) for process in (both.one, both.other))
    with suppress(TooManyRequests):
        for _ in range(100):
            one.require_few("client", HOME)
            one.failed("client", HOME)
    await both.tell()
    with pytest.raises(TooManyRequests):
        other.require_few("client", HOME)
    one.held("client", HOME)
    await both.tell()
    other.require_few("client", HOME)  # it has authenticated there


def _guesses(service: Service) -> Guesses:
    guesses = service.clients.guesses
    assert guesses is not None
    return guesses


async def test_proof_that_was_used_in_one_process_is_refused_in_the_other(both: Both, clock: Clock) -> None:
    """RFC 9449 section 11.1."""
    url = "https://service.example/token"
    proof = Presented([Prover(now=clock.now).proof("POST", url)], "POST", url)
    assert both.one.service.proofs is not None
    assert both.other.service.proofs is not None
    both.one.service.proofs.verify(proof)
    await both.tell()
    with pytest.raises(InvalidDpopProof, match="used before"):
        both.other.service.proofs.verify(proof)
