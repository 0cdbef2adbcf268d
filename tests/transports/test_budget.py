"""Budgets: what one caller may hold, and how all share what there is."""

import pytest

from mcpserver.mcp.protocol.budget import Budget, Ledger, Limits, Share, TooMuch

SHARE = Share(each=4, nameless=8, everybody=10)
ADA, NOBODY = ("ada",), ("", "192.0.2.1")


def test_holder_has_their_own_part_and_no_more() -> None:
    ledger = Ledger(SHARE, "streams")
    leases = [ledger.take(ADA) for _ in range(4)]
    with pytest.raises(TooMuch, match="You have too many streams") as refused:
        ledger.take(ADA)
    assert refused.value.status == 429
    leases.pop().end()
    ledger.take(ADA)
    assert (ledger.held(ADA), ledger.total) == (4, 4)


def test_lease_that_ends_twice_gives_back_once() -> None:
    ledger = Ledger(SHARE, "streams")
    kept, lease = ledger.take(ADA), ledger.take(ADA)
    lease.end()
    lease.end()
    assert (ledger.held(ADA), ledger.total) == (1, 1)
    kept.end()


def test_fuller_it_gets_the_less_one_may_have_so_that_there_is_always_a_place_for_whoever_comes_last() -> None:
    ledger = Ledger(Share(each=100, nameless=100, everybody=200), "streams")
    for _ in range(100):
        ledger.take(("ada",))
    for _ in range(80):
        ledger.take(("bob",))
    with pytest.raises(TooMuch, match="at the moment") as refused:
        ledger.take(("bob",))
    assert refused.value.status == 503
    assert not ledger.has_room(("ada",))
    ledger.take(("eve",))


def test_those_without_a_name_are_told_apart_by_address() -> None:
    ledger = Ledger(SHARE, "streams")
    for _ in range(8):
        ledger.add(NOBODY)
    assert not ledger.has_room(NOBODY)
    assert ledger.has_room(("", "192.0.2.2"))


def test_call_counts_with_its_bytes_and_gives_both_back() -> None:
    budget = Budget(Limits(calls=Share(2, 2, 100), received=Share(100, 100, 1000)))
    budget.require_calls(ADA, 60)
    lease = budget.begin_call(ADA, 60)
    with pytest.raises(TooMuch, match="bytes"):
        budget.require_calls(ADA, 60)
    budget.require_calls(ADA, 40)
    with pytest.raises(TooMuch, match="calls"):
        budget.require_calls(ADA, 0, number=2)
    lease.end()
    assert (budget.calls.total, budget.received.total) == (0, 0)
