"""``MCPServer`` as authors import it: what it offers is ``mcp/server.py``'s, how it runs is the parts' that join all others.

Those are loaded when they are needed: whoever only describes a server does not wait for a web framework.
"""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from .mcp import server
from .mcp.revisions import MODERN_VERSION

if TYPE_CHECKING:
    from .testing import Answers, Client


class MCPServer(server.MCPServer):
    __doc__ = server.MCPServer.__doc__

    def test_client(
        self, *, user: str | None = "ada", scopes: Iterable[str] | None = None, revision: str = MODERN_VERSION, answers: "Answers | None" = None
    ) -> "AbstractAsyncContextManager[Client]":
        """A client of ``user``, over real HTTP and with a real token for ``scopes`` (all when None); ``answers`` is what it says when it is asked."""
        from .testing import connect  # noqa: PLC0415 - see above

        return connect(self, user=user, scopes=scopes, revision=revision, answers=answers)
