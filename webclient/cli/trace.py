"""``webclient trace URL``: draws the whole flow while it happens."""

import secrets
from pathlib import Path

import click
from attrs import define, field

from ..errors import FlowError
from ..json_text import json_text
from ..program import MemoryTokenStore
from ..sources import Sources
from ..trace import CLIENT, YOU, Chapter, Hop, MemoryHops, Trace
from ..trace.display import document, flow_of, har
from ..trace.recording import PENDING
from ..version import __version__
from .drawing import Canvas, ending, step_lines
from .server import FAILED, Target, carried_out, server_options
from .terminal import line, say, width


@define
class Teller:
    """Prints each step as soon as it and all steps before it have ended. ``told`` counts the printed steps."""

    columns: int
    told: int = 0
    canvas: Canvas = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.canvas = Canvas(self.columns)

    def tell(self, hops: list[Hop]) -> None:
        for step in flow_of(hops).steps[self.told :]:
            if step.hop.outcome == PENDING:
                return
            if not self.told and self.canvas.wide:
                say(self.canvas.heads())
            say("\n".join(step_lines(step, self.canvas, self.columns)))
            self.told += 1


@click.command()
@server_options
@click.option(
    "--keep",
    is_flag=True,
    help="Use and store tokens, as the other commands do. Without this option, the flow starts from the beginning and "
    "nothing is stored.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the trace as JSON when the flow has ended.")
@click.option(
    "--har",
    "har_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Save the HTTP exchanges to this file, as an HTTP Archive (HAR).",
)
def trace(target: Target, keep: bool, as_json: bool, har_file: Path | None) -> None:
    """Connect to the server at URL and show every step: discovery, sign-in, tokens, tools.

    Ends with status 1 when the flow fails.
    """
    store = MemoryHops(secrets.token_bytes(32))
    teller = None if as_json else Teller(width())
    if teller:
        store.told = lambda hop: teller.tell(store.hops)
    ended = 0
    try:
        ended = FAILED if carried_out(followed(target, store, keep=keep)) else 0
    except click.exceptions.Exit as stopped:
        # Show the flow so far: who interrupts a connection that hangs wants to know why.
        ended = stopped.exit_code
    flow = flow_of(store.hops)
    say(json_text(document(store.hops), indent=2, ascii_only=True) if as_json else "\n".join(ending(flow, width())))
    if har_file:
        save(har_file, json_text(har(store.hops, version=__version__), indent=1, ascii_only=True))
    if ended:
        raise click.exceptions.Exit(ended)


async def followed(target: Target, store: MemoryHops, *, keep: bool) -> bool:
    """Connect and list the tools, recording every hop in ``store``. Returns whether that failed."""
    told = Trace(store, target.url, Sources())
    store.masker(target.url).address(target.url)
    options = {} if keep else {"token_store": MemoryTokenStore()}
    async with target.connect(trace=told, **options) as client:
        async with told.hop(YOU, CLIENT, Chapter.ASKING, "Connect to this server", begins=True) as notes:
            notes.sends({"server": target.url})
            notes.meaning = "The client knows only this address. It discovers everything else step by step."
        try:
            await client.open()
            await client.list_tools()
        except FlowError as error:
            return _ended(error, store)
    return False


def _ended(error: FlowError, store: MemoryHops) -> bool:
    """Print an error that no step of the trace shows. Returns True, for a flow that failed."""
    if flow_of(store.hops).failure is None:
        say(line(str(error)), err=True)
    return True


def save(path: Path, text: str) -> None:
    """Write a text file. Raises click.ClickException when it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None
