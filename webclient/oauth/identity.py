"""The identity of this client, the same for every authorization server."""

from typing import Any

from attrs import field, frozen

GRANTS = ("authorization_code", "refresh_token")


@frozen
class Identity:
    """``native`` says that browsers come back to this machine (OpenID Connect Registration section 2,
    application_type).

    ``document`` is the https address of a client ID metadata document without a key, ``keyed_document`` of one whose
    key is ``key`` (a private JWK); empty where there is none. A client on plain http has none.
    """

    name: str
    redirect_uri: str
    native: bool
    document: str = ""
    keyed_document: str = ""
    key: dict[str, Any] | None = field(default=None, repr=False)


def metadata(identity: Identity, method: str) -> dict[str, Any]:
    """RFC 7591 section 2, as a registration and a metadata document both say it."""
    return {
        "client_name": identity.name,
        "redirect_uris": [identity.redirect_uri],
        "grant_types": list(GRANTS),
        "response_types": ["code"],
        "token_endpoint_auth_method": method,
        "application_type": "native" if identity.native else "web",
    }
