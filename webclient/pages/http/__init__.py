"""What every page uses: the visitor's session, the application's parts, rendering, live updates.

``context`` gives handlers the application's parts, ``browser`` reads the cookie, the CSRF token and forms,
``rendering`` fills templates, ``live`` sends changes to open pages, ``frames`` keeps the addresses of tools' own pages,
``place`` defines the path below which the pages are served.

It may import ``assistant``, ``integrations``, ``people``, ``results``, ``storage``, ``trace.display``,
``trace.recording`` and the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""

from .browser import VISITOR, Visitor, read_answers, read_form, read_visitor, set_browser_cookie, set_cookie
from .context import ASSISTANT, CONNECTIONS, FEED, PEOPLE, PROVIDER, own_integration, page_of, see
from .frames import FRAMES, Frames
from .live import follow
from .place import KEY, PLACE, Place, is_outside, placed
from .rendering import MARK, Context, folder, render, set_up

__all__ = [
    "ASSISTANT",
    "CONNECTIONS",
    "FEED",
    "FRAMES",
    "KEY",
    "MARK",
    "PEOPLE",
    "PLACE",
    "PROVIDER",
    "VISITOR",
    "Context",
    "Frames",
    "Place",
    "Visitor",
    "folder",
    "follow",
    "is_outside",
    "own_integration",
    "page_of",
    "placed",
    "read_answers",
    "read_form",
    "read_visitor",
    "render",
    "see",
    "set_browser_cookie",
    "set_cookie",
    "set_up",
]
