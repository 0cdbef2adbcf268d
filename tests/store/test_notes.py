"""A person's notes at rest."""

import asyncio

import pytest

from mcpserver.notes.models import Note
from mcpserver.notes.store import OwnerGone
from mcpserver.store import Store, UnstorableValue

from .samples import NOW, account


async def _keep(store: Store, *texts: str, user_id: str = "ann") -> list[Note]:
    await store.add_account(account(user_id))
    return [await store.add_note(user_id, text, now=NOW) for text in texts]


@pytest.mark.parametrize("text", ["plain", "", "  two\r\n lines\t", "\N{SNOWMAN} Ünï \N{PILE OF POO}", "'; DROP TABLE notes; --", "x" * 200_000])
async def test_text_is_kept_as_given(store: Store, text: str) -> None:
    [note] = await _keep(store, text)
    assert note == Note(note.id, text, NOW)
    assert await store.list_notes("ann") == [note]


@pytest.mark.parametrize("text", ["\ud800", "a\0b"])
async def test_text_that_no_database_can_hold_is_refused(store: Store, text: str) -> None:
    with pytest.raises(UnstorableValue, match="text contains a character that cannot be stored"):
        await _keep(store, text)
    assert await store.list_notes("ann") == []


async def test_note_of_a_person_who_is_gone_is_refused(store: Store) -> None:
    with pytest.raises(OwnerGone):
        await store.add_note("ann", "text", now=NOW)


async def test_notes_come_newest_first_in_pages(store: Store) -> None:
    notes = await _keep(store, "one", "two", "three", "four", "five")
    first = await store.list_notes("ann", limit=2)
    second = await store.list_notes("ann", limit=2, before=first[-1].id)
    assert [*first, *second] == notes[:0:-1]
    assert await store.list_notes("ann", before=notes[0].id) == []


async def test_ids_are_never_used_again(store: Store) -> None:
    """A page or an agent that still holds an old id must not hit another note with it."""
    [note] = await _keep(store, "one")
    await store.remove_note("ann", note.id)
    [later] = await _keep(store, "two")
    assert later.id > note.id


async def test_people_do_not_see_or_remove_each_others_notes(store: Store) -> None:
    [note] = await _keep(store, "secret of ann")
    await store.add_account(account("bob"))
    assert await store.list_notes("bob") == []
    assert await store.search_notes("bob", "secret") == []
    assert not await store.remove_note("bob", note.id)
    assert await store.list_notes("ann") == [note]


async def test_note_is_removed_once(store: Store) -> None:
    [note] = await _keep(store, "text")
    assert await store.remove_note("ann", note.id)
    assert not await store.remove_note("ann", note.id)


@pytest.mark.parametrize("note_id", [0, -1, 2**63 - 1])
async def test_note_that_never_was_cannot_be_removed(store: Store, note_id: int) -> None:
    await _keep(store, "text")
    assert not await store.remove_note("ann", note_id)


async def test_number_beyond_64_bits_is_refused_before_it_reaches_the_database(store: Store) -> None:
    with pytest.raises(UnstorableValue, match="note_id is a number beyond 64 bits"):
        await store.remove_note("ann", 2**63)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("MILK", ["milk 100%"]),
        ("100%", ["milk 100%"]),
        ("%", ["milk 100%"]),
        ("_", ["snake_case!"]),
        ("!", ["snake_case!"]),
        ("e!", ["snake_case!"]),
        ("\\", ["back\\slash"]),
        ("'", []),
        ("k", ["back\\slash", "snake_case!", "milk 100%"]),
        ("", ["back\\slash", "snake_case!", "milk 100%"]),
        ("\ud800", []),
        ("\0", []),
    ],
)
async def test_search_is_literal(store: Store, words: str, found: list[str]) -> None:
    await _keep(store, "milk 100%", "snake_case!", "back\\slash")
    assert [note.text for note in await store.search_notes("ann", words)] == found


async def test_search_stops_at_its_limit(store: Store) -> None:
    notes = await _keep(store, "a", "a", "a")
    assert await store.search_notes("ann", "a", limit=2) == [notes[2], notes[1]]


async def test_search_through_long_texts_holds_up_nobody(store: Store) -> None:
    """Comparing a text by pattern is one step for SQLite and nothing interrupts it, so that it never begins on the event loop."""
    await _keep(store, *["a" * 10_000] * 3)
    others = asyncio.ensure_future(asyncio.sleep(0))
    assert await store.search_notes("ann", "a" * 199 + "b") == []
    assert others.done()
