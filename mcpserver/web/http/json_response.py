"""JSON responses, encoded by msgspec: the endpoints with the most requests answer in this way."""

from collections.abc import Mapping

import msgspec
from aiohttp import web

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""For responses with tokens or other secrets (OAuth 2.1 section 3.2.3)."""


def json_answer(value: object, headers: Mapping[str, str], *, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(value),
        status=status,
        headers={"Content-Type": "application/json; charset=utf-8", **headers},
    )
