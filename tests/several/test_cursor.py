"""Announcements are read once each, also when they become visible out of the order of their numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcpserver.processes.cursor import OVERTAKEN, PATIENCE, Cursor

from ..clock import Clock


@pytest.fixture
def cursor(clock: Clock) -> Cursor:
    return Cursor(clock.sources().monotonic)


def read(cursor: Cursor, *visible: int) -> list[str]:
    """What is new of all that is visible, as the store would give it."""
    return cursor.news([(number, f"event {number}") for number in sorted(visible) if number > cursor.position])


def test_each_event_is_new_once(cursor: Cursor) -> None:
    assert read(cursor) == []
    assert read(cursor, 1, 2) == ["event 1", "event 2"]
    assert read(cursor, 1, 2) == []
    assert read(cursor, 1, 2, 3) == ["event 3"]
    assert cursor.position == 3


def test_event_that_appears_after_a_later_one_is_not_missed(cursor: Cursor) -> None:
    assert read(cursor, 1, 3) == ["event 1", "event 3"]
    assert cursor.position == 1
    assert read(cursor, 1, 2, 3) == ["event 2"]
    assert cursor.position == 3


def test_first_event_of_all_may_appear_late_too(cursor: Cursor) -> None:
    assert read(cursor, 2) == ["event 2"]
    assert read(cursor, 1, 2) == ["event 1"]


def test_number_that_never_appears_is_given_up(cursor: Cursor, clock: Clock) -> None:
    """Its transaction was undone, or its event was deleted: no transaction takes that long."""
    read(cursor, 1, 3)
    clock.now += int(PATIENCE) - 1
    assert read(cursor, 1, 3) == []
    assert cursor.position == 1
    clock.now += 1
    assert read(cursor, 1, 3) == []
    assert cursor.position == 3


def test_many_old_events_are_not_read_again(cursor: Cursor) -> None:
    """A process that starts later reads what may still be overtaken, and no more."""
    numbers = range(50_000, 52_000)
    assert len(read(cursor, *numbers)) == 2000
    assert cursor.position >= 52_000 - 1 - OVERTAKEN


@given(st.permutations(range(1, 13)), st.lists(st.integers(1, 4), min_size=1, max_size=12))
def test_no_order_of_commits_loses_or_repeats_an_event(order: list[int], sizes: list[int]) -> None:
    cursor = Cursor(lambda: 0.0)
    visible: list[int] = []
    news: list[str] = []
    for size in [*sizes, *([1] * 12)]:
        visible, order = [*visible, *order[:size]], order[size:]
        news += read(cursor, *visible)
    assert sorted(news) == sorted(f"event {number}" for number in range(1, 13))
    assert cursor.position == 12
