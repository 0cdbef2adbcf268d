"""The metadata of both servers, as far as this client uses it, once it has been checked."""

from attrs import frozen


@frozen
class ProtectedResourceMetadata:
    """The MCP server's metadata (RFC 9728 section 2). ``issuers`` are its authorization servers, in its own order."""

    resource: str
    issuers: tuple[str, ...]
    scopes_supported: tuple[str, ...] | None = None
    dpop_required: bool = False


@frozen
class AuthorizationServerMetadata:
    """An authorization server's metadata (RFC 8414 section 2). Fields are None where the document lacks the member.

    ``documents`` says whether the server reads client ID metadata documents.
    """

    issuer: str
    token_endpoint: str
    authorization_endpoint: str | None = None
    registration_endpoint: str | None = None
    revocation_endpoint: str | None = None
    iss_required: bool = False
    auth_methods: tuple[str, ...] | None = None
    scopes_supported: tuple[str, ...] = ()
    grants: tuple[str, ...] | None = None
    dpop_algorithms: tuple[str, ...] = ()
    documents: bool = False
    assumed: bool = False
    """Whether the server publishes no metadata and the endpoints are the defaults of revision 2025-03-26."""
