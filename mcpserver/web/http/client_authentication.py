"""Clients at the endpoints where they authenticate (OAuth 2.1 section 2.4), and the keys that they prove to hold
(RFC 9449).
"""

from aiohttp import web

from ...attribution import attribution_of
from ...oauth.clients import Clients
from ...oauth.keys import Presented
from ...oauth.protocol import Client, Parameters
from .client_address import peer_address
from .forms import read_form
from .parts import CLIENTS, PROOFS, SITE


def clients_for(request: web.Request) -> Clients:
    """The clients; what it costs to look for them is counted by the address that the request comes from."""
    return request.app[CLIENTS].for_visitor(peer_address(request))


async def authenticated_form(request: web.Request) -> tuple[Client, Parameters]:
    """The client and the parameters that it sent. Raises InvalidRequest or InvalidClient."""
    form = await read_form(request)
    query = (
        request.query if "?" in request.raw_path else ()
    )  # parsing is left out where there is none, as nearly always
    authorization = request.headers.getall("Authorization", [])
    client = await clients_for(request).authenticate(authorization=authorization, query=query, form=form)
    attribution_of(request).client = client.id
    return client, form


def proven_key(request: web.Request, path: str) -> str | None:
    """The thumbprint of the key that a client proves to hold (RFC 9449 section 5), at the endpoint of this path below
    the issuer.

    Raises InvalidDpopProof or UseDpopNonce.
    """
    proofs = request.app.get(PROOFS)
    if proofs is None or "DPoP" not in request.headers:
        return None
    issuer = request.app[SITE].settings.issuer
    return proofs.verify(Presented(request.headers.getall("DPoP"), request.method, issuer + path))
