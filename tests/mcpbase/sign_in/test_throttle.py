"""Guessing is slowed down, and nobody is locked out (OWASP ASVS 5 section 6.1.1 and 6.3.1)."""

import pytest

from mcpbase.sign_in.errors import Throttled
from mcpbase.sign_in.throttle import ACCOUNT, ADDRESS, PAIR, Throttle
from tests.clock import Clock

HOME = "192.0.2.1"


def fail(throttle: Throttle, login: str, address: str) -> None:
    """An attempt with a wrong password. Raises Throttled."""
    with throttle.attempt(login, address) as attempt:
        attempt.confirm()


def guess(throttle: Throttle, times: int = 1, *, login: str = "ada", address: str = HOME) -> int:
    """How many of so many attempts are let through."""
    for done in range(times):
        try:
            fail(throttle, login, address)
        except Throttled:
            return done
    return times


def wait(throttle: Throttle, *, login: str = "ada", address: str = HOME) -> int:
    """The seconds that the next attempt is told to wait."""
    with pytest.raises(Throttled) as refused:
        fail(throttle, login, address)
    return refused.value.retry_after


def succeed(throttle: Throttle, login: str = "ada") -> None:
    with throttle.attempt(login, HOME):
        throttle.forgive(login, HOME)


def strangers(count: int) -> list[str]:
    return [f"198.51.{number // 250}.{number % 250}" for number in range(count)]


def test_one_address_gets_a_few_tries_at_an_account(throttle: Throttle) -> None:
    assert guess(throttle, 100) == PAIR.burst
    assert wait(throttle) == PAIR.seconds


def test_wait_that_is_told_is_the_wait_that_is_meant(throttle: Throttle, clock: Clock) -> None:
    """RFC 6585 section 4: Retry-After."""
    guess(throttle, PAIR.burst)
    clock.now += 25
    assert wait(throttle) == PAIR.seconds - 25
    clock.now += PAIR.seconds - 26
    assert wait(throttle) == 1
    clock.now += 1
    assert guess(throttle, 2) == 1


def test_asking_again_too_early_prolongs_nothing(throttle: Throttle, clock: Clock) -> None:
    guess(throttle, PAIR.burst)
    for _ in range(PAIR.seconds):
        wait(throttle)
        clock.now += 1
    assert guess(throttle) == 1


def test_all_is_forgotten_in_the_end(throttle: Throttle, clock: Clock) -> None:
    guess(throttle, PAIR.burst)
    clock.now += PAIR.burst * PAIR.seconds
    assert guess(throttle, 100) == PAIR.burst


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
def test_setting_the_clock_neither_prolongs_nor_ends_a_wait(throttle: Throttle, clock: Clock, hours: int) -> None:
    guess(throttle, PAIR.burst)
    clock.step(hours * 3600)
    assert wait(throttle) == PAIR.seconds
    clock.now += PAIR.seconds
    assert guess(throttle) == 1


def test_others_at_the_account_and_the_address_are_not_held_up(throttle: Throttle) -> None:
    guess(throttle, PAIR.burst)
    assert guess(throttle, address="192.0.2.2") == 1
    assert guess(throttle, login="bob") == 1


def test_all_addresses_together_get_so_many_tries_at_an_account(throttle: Throttle) -> None:
    assert sum(guess(throttle, address=address) for address in strangers(500)) == ACCOUNT.burst
    assert wait(throttle) == ACCOUNT.seconds


def test_strangers_cannot_keep_out_who_signed_in_before(throttle: Throttle) -> None:
    guess(throttle)
    throttle.forgive("ada", HOME)
    sum(guess(throttle, address=address) for address in strangers(500))
    assert guess(throttle, 100) == PAIR.burst


def test_owner_of_one_account_is_a_stranger_at_another(throttle: Throttle) -> None:
    guess(throttle)
    throttle.forgive("ada", HOME)
    for address in strangers(500):
        guess(throttle, login="bob", address=address)
    assert wait(throttle, login="bob") == ACCOUNT.seconds


def test_one_address_gets_so_many_tries_at_all_accounts(throttle: Throttle) -> None:
    assert sum(guess(throttle, login=f"person {number}") for number in range(500)) == ADDRESS.burst
    assert wait(throttle, login="anybody") == ADDRESS.seconds


def test_success_forgives_the_tries_before_it(throttle: Throttle) -> None:
    guess(throttle, PAIR.burst)
    throttle.forgive("ada", HOME)
    assert guess(throttle, 100) == PAIR.burst


def test_success_costs_nothing(throttle: Throttle) -> None:
    """An office signs in behind one address all day long."""
    for number in range(10 * ADDRESS.burst):
        succeed(throttle, f"person {number}")


def test_success_at_one_account_does_not_pay_for_guesses_at_others(throttle: Throttle) -> None:
    """Somebody with an account of their own cannot clear their address by signing in between."""
    for number in range(ADDRESS.burst - 1):
        guess(throttle, login=f"person {number}")
        succeed(throttle, "mine")
    assert guess(throttle, login="one more") == 1
    assert wait(throttle, login="and another") == ADDRESS.seconds


def test_attempt_that_ends_when_its_counter_is_empty_gives_nothing_in_advance(throttle: Throttle, clock: Clock) -> None:
    with throttle.attempt("ada", HOME):
        clock.now += 2 * PAIR.seconds
    assert guess(throttle, 100) == PAIR.burst


def test_a_network_of_ipv6_counts_as_one_address(throttle: Throttle) -> None:
    """RFC 6177 section 2: a subscriber has at least a /64 to themselves."""
    assert sum(guess(throttle, address=f"2001:db8:1:2::{number:x}") for number in range(1, 100)) == PAIR.burst
    assert guess(throttle, address="2001:db8:1:3::1") == 1


def test_ipv4_seen_through_ipv6_stays_itself(throttle: Throttle) -> None:
    """RFC 4291 section 2.5.5.2: all of IPv4 lies in one /64."""
    guess(throttle, PAIR.burst)
    wait(throttle, address=f"::ffff:{HOME}")
    assert guess(throttle, address="::ffff:192.0.2.99") == 1


def test_people_without_an_address_are_counted_together(throttle: Throttle) -> None:
    """Behind a Unix socket there is none."""
    assert guess(throttle, 100, address="") == PAIR.burst


def test_counters_that_would_be_empty_soonest_make_room(clock: Clock) -> None:
    """A flood of made-up names takes no more memory than so many counters, and ends no wait."""
    throttle = Throttle(clock.sources(), capacity=10)
    guess(throttle, PAIR.burst)
    for number in range(100):
        guess(throttle, login=f"person {number}", address=f"2001:db8:{number:x}::1")
    assert wait(throttle) == PAIR.seconds


def test_networks_of_many_successes_push_out_no_other_owner(throttle: Throttle) -> None:
    """Somebody with an account of their own signs in from everywhere."""
    throttle.forgive("ada", HOME)
    for number in range(100):
        throttle.forgive("mine", f"2001:db8:{number:x}::1")
    for address in strangers(100):
        guess(throttle, address=address)
    assert guess(throttle) == 1


def test_attempt_in_a_known_browser_counts_there_alone(throttle: Throttle) -> None:
    for _ in range(PAIR.burst):
        with throttle.attempt("ada", HOME, place="browser ada") as attempt:
            attempt.confirm()
    with pytest.raises(Throttled), throttle.attempt("ada", HOME, place="browser ada"):
        pass
    assert guess(throttle, 100) == PAIR.burst


def test_attempt_is_taken_back_unless_it_is_confirmed(throttle: Throttle) -> None:
    for _ in range(10 * PAIR.burst):
        with throttle.attempt("ada", HOME):
            pass
    assert guess(throttle, 100) == PAIR.burst
