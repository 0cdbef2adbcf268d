"""A person's notes at rest."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from mcpserver.notes.models import Note
from mcpserver.notes.store import NoteStore, OwnerGone
from mcpserver.store import Statement, Store, UnstorableValue, open_store
from mcpserver.store.database.change import Values

from ..store.conftest import database_url as database_url  # noqa: PLC0414 - a fixture, by its name
from ..store.samples import NOW, account


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = await open_store(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def notes(store: Store) -> NoteStore:
    """The notes of Ann and Bob."""
    for user_id in ("ann", "bob"):
        await store.add_account(account(user_id))
    return await NoteStore.open(store.database)


async def _keep(notes: NoteStore, *texts: str) -> list[Note]:
    return [await notes.add_note("ann", text, now=NOW) for text in texts]


async def test_notes_that_are_there_already_stay(store: Store) -> None:
    """The service made the table in its first migration, before the notes were an application of their own."""
    await store.add_account(account())
    values: Values = {"user_id": "ann", "now": NOW}
    await store.database.apply(
        Statement("INSERT INTO notes (user_id, text, created_at) VALUES (:user_id, 'old', :now)", values)
    )
    for _ in range(2):
        (note,) = await (await NoteStore.open(store.database)).list_notes("ann")
        assert note.text == "old"


async def test_table_is_made_where_it_is_missing(store: Store) -> None:
    await store.add_account(account())
    await store.database.apply(Statement("DROP TABLE notes"))
    notes = await NoteStore.open(store.database)
    note = await notes.add_note("ann", "new", now=NOW)
    assert await notes.list_notes("ann") == [note]


async def test_table_that_is_there_is_opened_while_another_process_writes(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/notes.db", busy_timeout=0.05)
    with closing(sqlite3.connect(tmp_path / "notes.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await (await NoteStore.open(store.database)).list_notes("ann") == []
    await store.close()


@pytest.mark.parametrize(
    "text",
    ["plain", "", "  two\r\n lines\t", "\N{SNOWMAN} Ünï \N{PILE OF POO}", "'; DROP TABLE notes; --", "x" * 200_000],
)
async def test_text_is_kept_as_given(notes: NoteStore, text: str) -> None:
    [note] = await _keep(notes, text)
    assert note == Note(note.id, text, NOW)
    assert await notes.list_notes("ann") == [note]


@pytest.mark.parametrize("text", ["\ud800", "a\0b"])
async def test_text_that_no_database_can_hold_is_refused(notes: NoteStore, text: str) -> None:
    with pytest.raises(UnstorableValue, match="text contains a character that cannot be stored"):
        await _keep(notes, text)
    assert await notes.list_notes("ann") == []


async def test_note_of_a_person_who_is_gone_is_refused(notes: NoteStore) -> None:
    with pytest.raises(OwnerGone):
        await notes.add_note("nobody", "text", now=NOW)


async def test_notes_come_newest_first_in_pages(notes: NoteStore) -> None:
    kept = await _keep(notes, "one", "two", "three", "four", "five")
    first = await notes.list_notes("ann", limit=2)
    second = await notes.list_notes("ann", limit=2, before=first[-1].id)
    assert [*first, *second] == kept[:0:-1]
    assert await notes.list_notes("ann", before=kept[0].id) == []


async def test_ids_are_never_used_again(notes: NoteStore) -> None:
    """A page or an agent that still holds an old id must not hit another note with it."""
    [note] = await _keep(notes, "one")
    await notes.remove_note("ann", note.id)
    [later] = await _keep(notes, "two")
    assert later.id > note.id


async def test_people_do_not_see_or_remove_each_others_notes(notes: NoteStore) -> None:
    [note] = await _keep(notes, "secret of ann")
    assert await notes.list_notes("bob") == []
    assert await notes.search_notes("bob", "secret") == []
    assert not await notes.remove_note("bob", note.id)
    assert await notes.list_notes("ann") == [note]


async def test_note_is_removed_once(notes: NoteStore) -> None:
    [note] = await _keep(notes, "text")
    assert await notes.remove_note("ann", note.id)
    assert not await notes.remove_note("ann", note.id)


@pytest.mark.parametrize("note_id", [0, -1, 2**63 - 1])
async def test_note_that_never_was_cannot_be_removed(notes: NoteStore, note_id: int) -> None:
    await _keep(notes, "text")
    assert not await notes.remove_note("ann", note_id)


async def test_number_beyond_64_bits_is_refused_before_it_reaches_the_database(notes: NoteStore) -> None:
    with pytest.raises(UnstorableValue, match="note_id is a number beyond 64 bits"):
        await notes.remove_note("ann", 2**63)


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
async def test_search_is_literal(notes: NoteStore, words: str, found: list[str]) -> None:
    await _keep(notes, "milk 100%", "snake_case!", "back\\slash")
    assert [note.text for note in await notes.search_notes("ann", words)] == found


async def test_search_stops_at_its_limit(notes: NoteStore) -> None:
    kept = await _keep(notes, "a", "a", "a")
    assert await notes.search_notes("ann", "a", limit=2) == [kept[2], kept[1]]


async def test_search_through_long_texts_holds_up_nobody(notes: NoteStore) -> None:
    """Comparing a text by pattern is one step for SQLite and nothing interrupts it, so that it never begins on the
    event loop.
    """
    await _keep(notes, *["a" * 10_000] * 3)
    others = asyncio.ensure_future(asyncio.sleep(0))
    assert await notes.search_notes("ann", "a" * 199 + "b") == []
    assert others.done()
