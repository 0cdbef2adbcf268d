"""The service as most tests want it: with the sample application, whose notes are something to protect."""

from functools import partial

from mcpserver.compose import app
from mcpserver.compose.mount import standalone as mounted
from mcpserver.notes.application import open_notes
from mcpserver.notes.store import NoteStore
from mcpserver.store import Store

create_app = partial(app.create_app, server=open_notes)
standalone = partial(mounted, server=open_notes)


def notes_in(store: Store) -> NoteStore:
    """The notes that a store holds; the table is there in every database."""
    return NoteStore(store.database)
