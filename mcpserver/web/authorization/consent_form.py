"""What the consent pages of ``authorize`` and ``device`` have in common: who asks, whom, and for what."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from aiohttp import web

from ...oauth.protocol import OFFLINE_ACCESS, Client, ClientKind, is_known
from ...principal import covers
from ..pages import SignedIn, another_account, csrf_token, render
from .parts import RESOURCES


def consent_page(
    request: web.Request,
    template: str,
    person: SignedIn,
    client: Client,
    *,
    scope: str,
    resource: str,
    sealed: str,
    back: str,
    granted: Sequence[str] = (),
    proven: bool = False,
    leads_away: bool = False,
    **context: object,
) -> web.Response:
    """A page with the form on which a person allows or denies.

    ``granted`` are the scopes of live grants of this person to this client. ``proven``: what is allowed can go to
    nobody but the client that is named. ``sealed`` is the request as the form carries it, ``back`` the local address
    at which the person comes back here with another account; ``leads_away`` is that of ``render``.
    """
    context |= {
        "client": _client(client, proven=proven),
        "account": {"username": person.account.username, "name": person.account.name, "email": person.account.email},
        "scopes": _scopes(request, scope, granted),
        "elsewhere": _elsewhere(request, resource),
        "another": None if person.assumed else another_account(request, back),
        "request": sealed,
        "csrf": csrf_token(request),
    }
    return render(request, template, context, leads_away=leads_away)


def _client(client: Client, *, proven: bool) -> dict[str, object]:
    """``publisher`` is the host of a client's document, and certain, whereas the name is a claim.

    ``known``: many people know this client.
    """
    is_document = client.kind is ClientKind.DOCUMENT
    return {
        "name": client.name,
        "id": client.id,
        "uri": client.metadata.get("client_uri"),
        "policy": client.metadata.get("policy_uri"),
        "terms": client.metadata.get("tos_uri"),
        "verified": client.verified,
        "proven": proven,
        "publisher": urlsplit(client.id).netloc if is_document else None,
        "known": is_document and is_known(client.id),
    }


def _scopes(request: web.Request, scope: str, granted: Sequence[str]) -> list[dict[str, object]]:
    held, names = " ".join(granted).split(), set(scope.split()) - {OFFLINE_ACCESS.name}
    return [
        {"name": each.name, "description": each.description, "checked": True, "held": covers(held, each.name)}
        for each in request.app[RESOURCES].scopes.describe(names)
    ]


def _elsewhere(request: web.Request, resource: str) -> list[str]:
    """The hosts of the resources other than this server's that access is asked for."""
    own = request.app[RESOURCES].own
    return [urlsplit(identifier).netloc or identifier for identifier in resource.split() if identifier != own]
