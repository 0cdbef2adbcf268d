"""The sample application as the service opens it (``mcpserver.application``)."""

from pathlib import Path

from ..application import Application, Host, Link
from ..version import __version__
from .pages import PATH, NotePages
from .rest import NoteApi
from .service import Notes
from .store import NoteStore
from .tools import build_server

TEMPLATES = Path(__file__).parent / "templates"


async def open_notes(host: Host) -> Application:
    """Open the sample application, with notes in the host's database."""
    notes = Notes(await NoteStore.open(host.database), host.sources)
    return Application(
        build_server(notes, name=host.settings.name, version=__version__),
        routes=(*NotePages(notes).routes(), *NoteApi(notes).routes()),
        templates=TEMPLATES,
        headline="Your notes in any MCP client",
        links=(Link(PATH, "Open your notes"),),
    )
