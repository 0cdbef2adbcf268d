"""The rules of notes, by value, over a real store."""

from collections.abc import AsyncIterator

import pytest

from mcpserver.accounts.models import Account
from mcpserver.notes.errors import AccountGone, InvalidNote, InvalidPage, InvalidSearch, NoSuchNote
from mcpserver.notes.service import Notes, require_text, require_words
from mcpserver.notes.store import NoteStore
from mcpserver.sources import Sources
from mcpserver.store import Store, open_store

NOW = 1_790_000_000


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    store = await open_store("sqlite://")
    for name in ("ada", "bob"):
        await store.add_account(Account(name, name, name.title(), NOW, "no password"))
    yield store
    await store.close()


@pytest.fixture
def notes(store: Store) -> Notes:
    return Notes(NoteStore(store.database), Sources(now=lambda: NOW))


async def test_a_note_is_kept_as_it_was_written(notes: Notes) -> None:
    note = await notes.add("ada", "  Bread\n\tand butter 🧈 ")
    assert (note.text, note.created_at) == ("  Bread\n\tand butter 🧈 ", NOW)
    assert await notes.find("ada", note.id) == note


@pytest.mark.parametrize(("sent", "kept"), [("a\r\nb", "a\nb"), ("a\rb", "a\nb"), ("a\n\rb", "a\n\nb")])
def test_line_ends_are_the_same_through_every_door(sent: str, kept: str) -> None:
    assert require_text(sent) == kept


@pytest.mark.parametrize("text", ["x", "x" * 10_000, "😀" * 10_000, "\r\n".join("x" * 5_000)])
def test_a_note_holds_up_to_ten_thousand_characters(text: str) -> None:
    assert len(require_text(text)) <= 10_000


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t\u3000", "x" * 10_001, "a\0b", "\x1b[31mred", "\x7f", "\x85", "\x9f", "\ud800"]
)
def test_a_note_without_text_too_long_or_unreadable_is_refused(text: str) -> None:
    with pytest.raises(InvalidNote):
        require_text(text)


@pytest.mark.parametrize("words", ["", "  ", "x" * 201, "a\0", "\udc00"])
def test_a_search_for_nothing_too_much_or_the_unreadable_is_refused(words: str) -> None:
    with pytest.raises(InvalidSearch):
        require_words(words)


async def test_a_search_is_literal_and_finds_only_ones_own(notes: Notes) -> None:
    mine = await notes.add("ada", "50% off_er")
    await notes.add("ada", "50 percent offer")
    await notes.add("bob", "50% off_er")
    assert await notes.search("ada", "0% OFF_") == (mine,)


async def test_pages_lead_from_the_newest_note_to_the_oldest(notes: Notes) -> None:
    ids = [(await notes.add("ada", f"note {number}")).id for number in range(5)]
    first = await notes.page("ada", limit=2)
    second = await notes.page("ada", limit=2, before=first.next_before)
    last = await notes.page("ada", limit=2, before=second.next_before)
    assert [note.id for page in (first, second, last) for note in page.notes] == ids[::-1]
    assert last.next_before is None


async def test_a_page_that_ends_exactly_at_the_end_has_no_next(notes: Notes) -> None:
    await notes.add("ada", "only")
    assert (await notes.page("ada", limit=1)).next_before is None
    assert (await notes.page("bob")).notes == ()


@pytest.mark.parametrize("limit", [0, -1, 101, 2**70])
async def test_a_limit_is_between_one_and_a_hundred(notes: Notes, limit: int) -> None:
    with pytest.raises(InvalidPage):
        await notes.page("ada", limit=limit)
    with pytest.raises(InvalidPage):
        await notes.search("ada", "x", limit=limit)


@pytest.mark.parametrize("before", [0, -1, 2**63, 2**70])
async def test_a_page_continues_before_a_possible_id(notes: Notes, before: int) -> None:
    with pytest.raises(InvalidPage):
        await notes.page("ada", before=before)


@pytest.mark.parametrize("note_id", [-1, 0, 2, 999, 2**63 - 2, 2**63 - 1, 2**63, 2**70])
async def test_a_note_that_is_not_there_is_not_found(notes: Notes, note_id: int) -> None:
    await notes.add("ada", "the first")
    with pytest.raises(NoSuchNote):
        await notes.find("ada", note_id)
    with pytest.raises(NoSuchNote):
        await notes.remove("ada", note_id)


async def test_somebody_elses_note_looks_like_no_note(notes: Notes) -> None:
    """OWASP ASVS 5, 8.2.2: no access to data by its id alone."""
    hers = await notes.add("ada", "private")
    with pytest.raises(NoSuchNote):
        await notes.find("bob", hers.id)
    with pytest.raises(NoSuchNote):
        await notes.remove("bob", hers.id)
    assert await notes.find("ada", hers.id) == hers


async def test_a_removed_note_is_gone_once(notes: Notes) -> None:
    note = await notes.add("ada", "soon gone")
    await notes.remove("ada", note.id)
    with pytest.raises(NoSuchNote):
        await notes.remove("ada", note.id)


async def test_a_note_for_a_person_who_was_removed_meanwhile_is_refused(notes: Notes, store: Store) -> None:
    await store.remove_account("ada", now=NOW)
    with pytest.raises(AccountGone):
        await notes.add("ada", "too late")
