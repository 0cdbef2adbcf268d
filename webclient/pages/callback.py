"""The redirect URI of this client (RFC 6749 section 4.1.2)."""

from aiohttp import web

from ..errors import StrangeCallback
from .http import CONNECTIONS, VISITOR, page_of, see
from .integration import PATIENCE, page_of_call

routes = web.RouteTableDef()


@routes.get("/callback")
async def callback(request: web.Request) -> web.Response:
    """Finish the sign-in and redirect to the integration, or to the call that is repeated after it.

    Raises HTTPForbidden for a response that matches no pending sign-in of this visitor, and for a repeated parameter
    (OAuth 2.1 section 3.1).
    """
    query = {name: value for name, value in request.query.items() if value}
    try:
        if len(request.query) != len(set(request.query)):
            raise StrangeCallback("The response repeats a parameter, so it was not accepted.")
        arrived = await request.app[CONNECTIONS].responses.finish(request[VISITOR].owner, query)
    except StrangeCallback as error:
        raise web.HTTPForbidden(text=str(error)) from None
    if arrived.operation is None:
        return see(request, page_of(arrived.integration))
    await arrived.operation.settled(PATIENCE)
    return see(request, page_of_call(arrived.integration, arrived.operation.id))
