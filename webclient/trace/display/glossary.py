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
    "server": Entry("The address you typed. It is all this client was given."),
    "resource_metadata": Entry("Where the server says how to sign in: the next place to look.", "RFC 9728 section 5.1"),
    "www_authenticate": Entry(
        "How the server says that it wants a token, and where to find out how to get one.", "RFC 9728 section 5.1"
    ),
    "resource": Entry("The server this is about. The token will be good there and nowhere else.", "RFC 8707 section 2"),
    "resource_name": Entry("How the server wants to be called.", "RFC 9728 section 2"),
    "authorization_servers": Entry(
        "Who may issue tokens for this server. You sign in there, not here.", "RFC 9728 section 2"
    ),
    "scopes_supported": Entry("The permissions that exist.", "RFC 9728 section 2"),
    "issuer": Entry(
        "The authorization server's one and only name. It is compared letter by letter.", "RFC 8414 section 2"
    ),
    "authorization_endpoint": Entry("Where your browser goes to sign in and to consent.", "RFC 8414 section 2"),
    "token_endpoint": Entry("Where a code is traded for tokens.", "RFC 8414 section 2"),
    "registration_endpoint": Entry("Where a client that nobody knows yet can introduce itself.", "RFC 7591 section 3"),
    "revocation_endpoint": Entry("Where a token is given back.", "RFC 7009 section 2"),
    "code_challenge_methods_supported": Entry(
        "How codes are protected against theft (PKCE). S256 has to be there.", "RFC 8414 section 2"
    ),
    "authorization_response_iss_parameter_supported": Entry(
        "Whether the server puts its name on every answer, against mix-ups.", "RFC 9207 section 3"
    ),
    "client_id_metadata_document_supported": Entry(
        "Whether a client may use the address of its own description as its id.",
        "MCP 2026-07-28, client ID metadata documents",
    ),
    "token_endpoint_auth_methods_supported": Entry(
        "The ways in which a client may prove who it is there; none is for one that can keep no secret.",
        "RFC 8414 section 2",
    ),
    "dpop_signing_alg_values_supported": Entry(
        "How proofs may be signed that bind a token to a key (DPoP).", "RFC 9449 section 5.1"
    ),
    "dpop_bound_access_tokens_required": Entry(
        "Whether the server takes only tokens that are bound to a key (DPoP).", "RFC 9728 section 2"
    ),
    "client_id": Entry(
        "The name under which the authorization server knows this client. It is no secret.", "RFC 6749 section 2.2"
    ),
    "client_name": Entry("What the consent page will call this client.", "RFC 7591 section 2"),
    "client_secret": Entry(
        "A password of the client itself, for the authorization server only.", "RFC 6749 section 2.3.1"
    ),
    "client_secret_expires_at": Entry(
        "Until when that secret is good; 0 means that it does not end.", "RFC 7591 section 3.2.1"
    ),
    "redirect_uris": Entry("The addresses you may be sent back to. Codes go nowhere else.", "RFC 7591 section 2"),
    "redirect_uri": Entry(
        "Where you are sent back to with the answer. It has to be one that is registered, letter by letter.",
        "OAuth 2.1 section 4.1.1",
    ),
    "grant_types": Entry("The ways in which this client will ask for tokens.", "RFC 7591 section 2"),
    "response_types": Entry("The kinds of answer it can read: codes.", "RFC 7591 section 2"),
    "token_endpoint_auth_method": Entry(
        "How the client proves who it is; none for one that can keep no secret.", "RFC 7591 section 2"
    ),
    "application_type": Entry(
        "Whether it runs on somebody's own machine (native) or on a server (web).", "MCP 2026-07-28, application type"
    ),
    "response_type": Entry(
        "The client wants a code, not a token: tokens never pass through the browser.", "OAuth 2.1 section 4.1.1"
    ),
    "code_challenge": Entry(
        "PKCE: a fingerprint (SHA-256) of a secret that the client made up a moment ago, the verifier. The "
        "fingerprint may be seen;"
        " the verifier follows later, on another way. Whoever steals the code on its way through the browser does not "
        "have the verifier.",
        PKCE,
    ),
    "code_challenge_method": Entry("How the fingerprint was taken: S256, that is SHA-256.", PKCE),
    "code_verifier": Entry(
        "PKCE: the secret behind the fingerprint that was sent along with you. The authorization server takes its "
        "fingerprint again and compares:"
        " so it knows that whoever brings the code is the one who asked for it.",
        PKCE,
    ),
    "state": Entry(
        "A random value that comes back unchanged. The client takes an answer only with the one it gave to this very "
        "browser.",
        "RFC 6749 section 10.12",
    ),
    "scope": Entry("The permissions, by name. You decide which of them you give.", "RFC 6749 section 3.3"),
    "code": Entry(
        "A ticket, good once and for about a minute. It is worth nothing without the verifier.",
        "OAuth 2.1 section 4.1.2",
    ),
    "iss": Entry("Who answers. It has to be the one you were sent to.", "RFC 9207 section 2"),
    "error": Entry("What went wrong, as a word from the standard.", "RFC 6749 section 5.2"),
    "error_description": Entry("What went wrong, in the server's own words.", "RFC 6749 section 5.2"),
    "grant_type": Entry("What is traded for a token here.", "OAuth 2.1 section 3.2.2"),
    "access_token": Entry(
        "The key to the MCP server. Whoever holds it gets in, so it is never shown and never leaves this client but "
        "for that server."
    ),
    "refresh_token": Entry(
        "Brings a new access token when the old one has run out, without asking you again.", "OAuth 2.1 section 4.3"
    ),
    "token_type": Entry(
        "How the token is shown: Bearer means that whoever bears it may use it; DPoP, that a key has to be shown too.",
        "RFC 6750 section 1",
    ),
    "expires_in": Entry("For how many seconds the access token is good.", "RFC 6749 section 5.1"),
    "token": Entry("The token that is given back.", "RFC 7009 section 2.1"),
    "token_type_hint": Entry("Which kind of token it is.", "RFC 7009 section 2.1"),
    "authorization": Entry("The key, shown at the door.", "RFC 6750 section 2.1"),
    "dpop": Entry(
        "A signature made for this one request, with a key that never leaves the client: a stolen token alone opens "
        "nothing.",
        "RFC 9449 section 4",
    ),
    "dpop_nonce": Entry(
        "A value of the server that the next proof has to carry, so that no proof can be made in advance.",
        "RFC 9449 section 8",
    ),
    "mcp_protocol_version": Entry("The revision of MCP in which this message is written."),
    "mcp_session_id": Entry("Which conversation this belongs to (revisions before 2026-07-28)."),
    "mcp_method": Entry("What is asked, readable without opening the message.", "MCP 2026-07-28, request metadata"),
    "mcp_name": Entry("Of which tool, resource or prompt.", "MCP 2026-07-28, request metadata"),
    "last_event_id": Entry("The last thing heard before the line broke; the server goes on after it."),
    "method": Entry("What is asked of the server."),
    "supportedversions": Entry("The revisions of MCP that the server speaks.", "MCP 2026-07-28, server/discover"),
    "protocolversion": Entry("The revision of MCP that both agree on.", "MCP 2025-11-25, lifecycle"),
    "serverinfo": Entry("How the server introduces itself."),
    "capabilities": Entry("What it can do."),
    "requeststate": Entry(
        "The server's own note to itself: it comes back untouched with the answer.", "MCP 2026-07-28, MRTR"
    ),
}


def entry(name: str) -> Entry | None:
    """The entry of a parameter or header, whose name may be in any spelling; None when there is none."""
    return GLOSSARY.get(plain(name))
