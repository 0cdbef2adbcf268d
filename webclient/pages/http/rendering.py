"""Rendering of the templates, which are autoescaped, fail on undefined names, and share the same helpers."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import aiohttp_jinja2
from aiohttp import web

from mcpbase.serving import setup_templates

from ...results import pretty
from ...trace.display import entry, markup, read_at
from ...trace.recording import explain
from ...version import __version__
from .browser import VISITOR
from .place import PLACE

Context = dict[str, Any]
"""The values of a template, by name."""

MARK: web.RequestKey[int] = web.RequestKey("mark", int)
"""The mark of the feed when the request arrived: the page shows all changes up to it."""
ROOT = Path(__file__).resolve().parent.parent.parent


def folder(installed: str, checkout: str) -> Path:
    """The folder of templates or static files: inside an installed package, else at the top of a checkout."""
    beside = ROOT / installed
    return beside if beside.is_dir() else ROOT.parent / checkout


def clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}"


def is_date(value: str) -> bool:
    """Whether a browser's date input can show the value: empty or YYYY-MM-DD.

    For any other value the input would be empty and lose what was typed.
    """
    try:
        return not value or date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def set_up(app: web.Application) -> None:
    environment = setup_templates(app, folder("templates", "templates/client"), extensions=["jinja2.ext.do"])
    environment.globals.update(version=__version__, explain=explain, names_of=markup.name_in)
    environment.filters.update(
        clock=clock,
        pretty=pretty,
        chips=markup.chips,
        bars=markup.bars,
        size=markup.size,
        entry=entry,
        read_at=read_at,
        is_date=is_date,
    )


def render(request: web.Request, template: str, context: Context, *, status: int = 200) -> web.Response:
    visitor, base = request[VISITOR], request.app[PLACE].base_of(request)
    values = {
        "csrf": visitor.csrf,
        "person": visitor.person,
        "notice": None,
        "mark": request[MARK],
        "base": base,
        **context,
    }
    html = aiohttp_jinja2.render_string(template, request, values)
    return web.Response(text=html, content_type="text/html", status=status)
