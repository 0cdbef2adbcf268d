"""``MCPServer``, which authors import: a ``Server`` that can be run.

This is a subclass because ``mcp`` knows no transport and no command line. What runs the server is imported when it is
called, so that importing ``mcpserver`` does not load a web framework.
"""

import os
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from .mcp import Server
from .mcp.protocol import MODERN_VERSION

if TYPE_CHECKING:
    from aiohttp import web

    from .testing import Answers, Client


class MCPServer(Server):
    """An MCP server whose tools, resources and prompts are functions, registered with decorators.

    It is run alone (``run``), inside an aiohttp application (``mount``), or for a test (``test_client``).
    """

    def run(
        self, host: str | None = None, port: int | None = None, *, auth: bool | None = True, **settings: object
    ) -> None:
        """Serve alone until Ctrl-C or SIGTERM, sign-in and consent included; ``auth=None`` is without sign-in:
        everybody who reaches the port may call.

        At http://127.0.0.1:8000 unless arguments or the environment say otherwise; the settings are those of
        ``docs/settings.md``. Ends the program with a sentence when it cannot start.
        """
        from click import ClickException  # noqa: PLC0415 - see above

        from mcpbase.settings import SettingError  # noqa: PLC0415 - see above

        from .cli.commands import run  # noqa: PLC0415 - see above
        from .cli.console import require_not_loading  # noqa: PLC0415 - see above
        from .configuration import load  # noqa: PLC0415 - see above
        from .store.database import StoreError  # noqa: PLC0415 - see above

        require_not_loading()
        try:
            run(load({"host": host, "port": port, **settings}, os.environ), self, sign_in=bool(auth))
        except (ClickException, SettingError, StoreError) as error:
            raise SystemExit(f"Error: {error}") from None

    async def mount(self, app: "web.Application", path: str, *, origin: str, **settings: object) -> None:
        """Put this server with its sign-in into an aiohttp application that has not started yet, under ``path``.

        ``origin`` is where people reach that application, such as ``https://app.example``; the settings are those of
        ``docs/settings.md``, and come from the environment too. Raises SettingError or StoreError.
        """
        from .compose import mount  # noqa: PLC0415
        from .configuration import load  # noqa: PLC0415 - see above

        await mount(app, load({"public_url": origin + path, **settings}, os.environ), server=self)

    def test_client(
        self,
        *,
        user: str | None = "ada",
        client: str | None = None,
        scopes: Iterable[str] | None = None,
        revision: str = MODERN_VERSION,
        answers: "Answers | None" = None,
    ) -> "AbstractAsyncContextManager[Client]":
        """A client of ``user``, or one named ``client`` that acts for itself, over real HTTP and with a real token for
        ``scopes`` (all when None).

        ``answers`` is what it says when it is asked.
        """
        from .testing import connect  # noqa: PLC0415 - see above

        return connect(self, user=user, client=client, scopes=scopes, revision=revision, answers=answers)
