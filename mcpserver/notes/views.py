"""JSON representation of notes, for the REST API and the structured results of tools."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

from attrs import frozen
from msgspec import Meta

from .models import Note


@frozen
class NoteView:
    """A note of yours."""

    id: Annotated[int, Meta(description="The number that names the note, for example to delete it")]
    text: str
    created_at: Annotated[str, Meta(description="When it was written: RFC 3339, in UTC")]


def view(note: Note) -> NoteView:
    return NoteView(note.id, note.text, timestamp(note.created_at))


def views(notes: Iterable[Note]) -> list[NoteView]:
    return [view(note) for note in notes]


def timestamp(seconds: int) -> str:
    """A time in the format of RFC 3339 section 5.6, in UTC: ``2026-11-23T01:00:00Z``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
