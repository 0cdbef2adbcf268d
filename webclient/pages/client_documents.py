"""The client ID metadata documents of this client (MCP 2026-07-28, client ID metadata documents)."""

from aiohttp import web

from ..integrations import DOCUMENT, KEYED_DOCUMENT, identity_of
from ..oauth import Identity, metadata, public
from .http import CONNECTIONS

routes = web.RouteTableDef()


def _identity(request: web.Request) -> Identity:
    connections = request.app[CONNECTIONS]
    return identity_of(connections.settings, connections.store)


@routes.get(DOCUMENT)
async def document(request: web.Request) -> web.Response:
    """The document without a secret or a key. Raises HTTPNotFound on plain http, where it could not be trusted."""
    identity = _identity(request)
    if not identity.keyed_document:
        raise web.HTTPNotFound
    return web.json_response({"client_id": identity.document, **metadata(identity, "none")})


@routes.get(KEYED_DOCUMENT)
async def keyed_document(request: web.Request) -> web.Response:
    """The document with the public key that verifies client assertions (RFC 7523 section 2.2).

    Raises HTTPNotFound on plain http, or without a key.
    """
    identity = _identity(request)
    if not identity.keyed_document or not identity.key:
        raise web.HTTPNotFound
    keys = {"keys": [public(identity.key)]}
    return web.json_response(
        {"client_id": identity.keyed_document, **metadata(identity, "private_key_jwt"), "jwks": keys}
    )
