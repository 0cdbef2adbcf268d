"""The identity of this client, the same for every authorization server."""

from attrs import field, frozen

from .protocol import ClientMetadata, Key

GRANTS = ("authorization_code", "refresh_token")


@frozen
class Identity:
    """The client's name, redirect URI and metadata documents.

    ``native`` says that the redirect URI is on this machine (OpenID Connect Registration section 2, application_type).

    ``document`` is the https address of a client ID metadata document without a key, ``keyed_document`` that of one
    whose key is ``key`` (a private JWK); both are empty where there is none, as for a client on plain http.
    """

    name: str
    redirect_uri: str
    native: bool
    document: str = ""
    keyed_document: str = ""
    key: Key | None = field(default=None, repr=False)


def metadata(identity: Identity, method: str) -> ClientMetadata:
    """The client metadata used in both registrations and metadata documents (RFC 7591 section 2)."""
    return {
        "client_name": identity.name,
        "redirect_uris": [identity.redirect_uri],
        "grant_types": list(GRANTS),
        "response_types": ["code"],
        "token_endpoint_auth_method": method,
        "application_type": "native" if identity.native else "web",
    }
