"""Explanations of the parameters in a flow, for readers who do not know them yet."""

from attrs import frozen

from ..recording import plain


@frozen
class Entry:
    """The meaning of a parameter, and the rule that defines it."""

    meaning: str
    rule: str = ""


PKCE = "RFC 7636 section 4"
GLOSSARY = {
    "server": Entry("The address that you entered. The client starts with nothing else."),
    "resource_metadata": Entry(
        "The address of the document that says how to sign in. The client reads it next.", "RFC 9728 section 5.1"
    ),
    "www_authenticate": Entry(
        "With this header the server says that it requires a token, and where to find out how to get one.",
        "RFC 9728 section 5.1",
    ),
    "resource": Entry(
        "The server for which the token is requested. The token is valid there and nowhere else.", "RFC 8707 section 2"
    ),
    "resource_name": Entry("The name of the server for people.", "RFC 9728 section 2"),
    "authorization_servers": Entry(
        "The authorization servers that may issue tokens for this server. You sign in there.", "RFC 9728 section 2"
    ),
    "scopes_supported": Entry("The scopes (permissions) that can be requested.", "RFC 9728 section 2"),
    "issuer": Entry(
        "The identifier of the authorization server. It is compared character by character.", "RFC 8414 section 2"
    ),
    "authorization_endpoint": Entry(
        "The authorization endpoint: your browser goes there to sign in and to consent.", "RFC 8414 section 2"
    ),
    "token_endpoint": Entry("The token endpoint: the client exchanges a code for tokens there.", "RFC 8414 section 2"),
    "registration_endpoint": Entry(
        "The registration endpoint: a new client can register itself there.", "RFC 7591 section 3"
    ),
    "revocation_endpoint": Entry("The revocation endpoint: the client revokes a token there.", "RFC 7009 section 2"),
    "code_challenge_methods_supported": Entry(
        "The methods that protect codes against theft (PKCE). S256 is required.", "RFC 8414 section 2"
    ),
    "authorization_response_iss_parameter_supported": Entry(
        "Whether every authorization response names its issuer, which prevents mix-up attacks.", "RFC 9207 section 3"
    ),
    "client_id_metadata_document_supported": Entry(
        "Whether a client may use the address of its metadata document as its client id.",
        "MCP 2026-07-28, client ID metadata documents",
    ),
    "token_endpoint_auth_methods_supported": Entry(
        "The methods by which a client may authenticate there; none is for clients without a secret.",
        "RFC 8414 section 2",
    ),
    "dpop_signing_alg_values_supported": Entry(
        "The algorithms for the proofs that bind a token to a key (DPoP).", "RFC 9449 section 5.1"
    ),
    "dpop_bound_access_tokens_required": Entry(
        "Whether the server accepts only tokens that are bound to a key (DPoP).", "RFC 9728 section 2"
    ),
    "client_id": Entry(
        "The identifier of this client at the authorization server. It is not a secret.", "RFC 6749 section 2.2"
    ),
    "client_name": Entry("The name of this client on the consent page.", "RFC 7591 section 2"),
    "client_secret": Entry(
        "A password of the client itself, sent to the authorization server only.", "RFC 6749 section 2.3.1"
    ),
    "client_secret_expires_at": Entry("When the client secret expires; 0 means never.", "RFC 7591 section 3.2.1"),
    "redirect_uris": Entry(
        "The addresses to which your browser may be sent back. Codes are sent nowhere else.", "RFC 7591 section 2"
    ),
    "redirect_uri": Entry(
        "The address to which your browser is sent back with the response. It must be a registered one, character by "
        "character.",
        "OAuth 2.1 section 4.1.1",
    ),
    "grant_types": Entry("The grant types that this client will use.", "RFC 7591 section 2"),
    "response_types": Entry("The response types that this client uses: codes.", "RFC 7591 section 2"),
    "token_endpoint_auth_method": Entry(
        "The method by which the client authenticates; none for a client without a secret.", "RFC 7591 section 2"
    ),
    "application_type": Entry(
        "Whether the client runs on a person's own machine (native) or on a server (web).",
        "MCP 2026-07-28, application type",
    ),
    "response_type": Entry(
        "The client requests a code, not a token, because tokens must not pass through the browser.",
        "OAuth 2.1 section 4.1.1",
    ),
    "code_challenge": Entry(
        "PKCE: the hash (SHA-256) of a new secret of the client, the code verifier. Others may see the hash. The "
        "client sends the verifier later, directly to the token endpoint. Somebody who steals the code in the browser "
        "does not have the verifier.",
        PKCE,
    ),
    "code_challenge_method": Entry("The hash function of the code challenge: S256 means SHA-256.", PKCE),
    "code_verifier": Entry(
        "PKCE: the secret whose hash was sent before (code_challenge). The authorization server hashes it and "
        "compares, so it knows that the code is presented by the client that requested it.",
        PKCE,
    ),
    "state": Entry(
        "A random value that is returned unchanged. The client accepts only a response with the value that it gave to "
        "this browser.",
        "RFC 6749 section 10.12",
    ),
    "scope": Entry("The permissions, by name. You decide which of them you grant.", "RFC 6749 section 3.3"),
    "code": Entry(
        "The authorization code. It works once and for a short time, and is useless without the code verifier.",
        "OAuth 2.1 section 4.1.2",
    ),
    "iss": Entry(
        "The issuer of the response. It must be the authorization server that you were sent to.", "RFC 9207 section 2"
    ),
    "error": Entry("The error code, as defined by the standard.", "RFC 6749 section 5.2"),
    "error_description": Entry("A description of the error by the server.", "RFC 6749 section 5.2"),
    "grant_type": Entry("What the client presents to get a token.", "OAuth 2.1 section 3.2.2"),
    "access_token": Entry(
        "The token for the MCP server. Anybody who has it can use it, so it is never shown here and is sent to that "
        "server only."
    ),
    "refresh_token": Entry(
        "With it the client gets a new access token when the old one has expired, without asking you again.",
        "OAuth 2.1 section 4.3",
    ),
    "token_type": Entry(
        "How the token is used: Bearer means that anybody who has it can use it; DPoP means that a key is needed, too.",
        "RFC 6750 section 1",
    ),
    "expires_in": Entry("The lifetime of the access token in seconds.", "RFC 6749 section 5.1"),
    "token": Entry("The token to revoke.", "RFC 7009 section 2.1"),
    "token_type_hint": Entry("The type of the token to revoke.", "RFC 7009 section 2.1"),
    "authorization": Entry("The access token, sent with this request.", "RFC 6750 section 2.1"),
    "dpop": Entry(
        "A signature for this one request, made with a key that never leaves the client. A stolen token alone is "
        "useless.",
        "RFC 9449 section 4",
    ),
    "dpop_nonce": Entry(
        "A value from the server that the next proof must contain, so that proofs cannot be made in advance.",
        "RFC 9449 section 8",
    ),
    "mcp_protocol_version": Entry("The revision of MCP in which this message is written."),
    "mcp_session_id": Entry("The session to which this message belongs (revisions before 2026-07-28)."),
    "mcp_method": Entry(
        "The method of the request, as a header, so that proxies need not read the message.",
        "MCP 2026-07-28, request metadata",
    ),
    "mcp_name": Entry("The tool, resource or prompt of the request, as a header.", "MCP 2026-07-28, request metadata"),
    "last_event_id": Entry("The last event received before the stream was interrupted. The server resumes after it."),
    "method": Entry("The method of the request."),
    "supportedversions": Entry("The revisions of MCP that the server supports.", "MCP 2026-07-28, server/discover"),
    "protocolversion": Entry("The revision of MCP that client and server use.", "MCP 2025-11-25, lifecycle"),
    "serverinfo": Entry("The name and version of the server."),
    "capabilities": Entry("The capabilities of the server."),
    "requeststate": Entry(
        "State of the server, which the client returns unchanged with the answer.", "MCP 2026-07-28, MRTR"
    ),
}


def entry(name: str) -> Entry | None:
    """The entry of a parameter or header, whose name may be in any spelling; None when there is none."""
    return GLOSSARY.get(plain(name))
