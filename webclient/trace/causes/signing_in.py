"""Causes in registration, in consent, and at the token endpoint."""

from ...cause_code import CauseCode
from .cause import Cause

TOKEN = "RFC 6749 section 5.2"
AUTHORIZE = "OAuth 2.1 section 4.1.2.1"

SIGNING_IN = {
    CauseCode.NO_REGISTRATION: Cause(
        "Strangers cannot register",
        "This client has no client id there, and the server offers no way to get one: neither by document nor by "
        "registration.",
        "Offer client id metadata documents or dynamic registration, or give people a client id by hand.",
        "MCP 2026-07-28, client registration",
        "Ask its owner for a client id. Enter it under this integration's options, or in a terminal with --client-id.",
    ),
    CauseCode.REGISTRATION_REFUSED: Cause(
        "The registration was refused",
        "The authorization server takes registrations, but not this one. Its reason is in the answer.",
        "invalid_redirect_uri: allow http on loopback addresses for native applications. invalid_client_metadata: "
        "ignore what you do not know.",
        "RFC 7591 section 3.2.2",
        "Ask its owner for a client id. Enter it under this integration's options, or in a terminal with --client-id.",
    ),
    CauseCode.REGISTRATION_NEEDS_TOKEN: Cause(
        "Registration needs an invitation",
        "The registration endpoint answers 401 or 403: only those register who bring a token from its owner.",
        "Open the registration, offer client id metadata documents, or give people a client id by hand.",
        "RFC 7591 section 3",
        "Ask its owner for a client id. Enter it under this integration's options, or in a terminal with --client-id.",
    ),
    CauseCode.REGISTRATION_ANSWER: Cause(
        "The registration answer cannot be used",
        "The registration endpoint said yes, but client_id is missing or strange. Without it this client has no name "
        "there.",
        "Answer 201 with JSON that has client_id, spelled like this.",
        "RFC 7591 section 3.2.1",
        "Ask its owner for a client id. Enter it under this integration's options, or in a terminal with --client-id.",
    ),
    CauseCode.NO_REGISTRATION_ENDPOINT: Cause(
        "There is no registration endpoint where the metadata says it is",
        "registration_endpoint names an address, and nothing is there that takes registrations.",
        "Correct the address, or leave registration_endpoint out. A prefix that a proxy adds or takes away is the "
        "usual reason.",
        "RFC 8414 section 2",
        "Ask its owner for a client id. Enter it under this integration's options, or in a terminal with --client-id.",
    ),
    CauseCode.NO_TOKEN_ENDPOINT: Cause(
        "There is no token endpoint where the metadata says it is",
        "token_endpoint names an address, and nothing is there that takes codes.",
        "Correct the address. A prefix that a proxy adds or takes away is the usual reason.",
        "RFC 8414 section 2",
    ),
    CauseCode.DENIED: Cause(
        "You said no",
        "On the consent page somebody chose not to allow this.",
        "Nothing: this is how it should be.",
        AUTHORIZE,
        "Connect again whenever you like.",
    ),
    CauseCode.AUTHORIZATION_ERROR: Cause(
        "The authorization server ended the sign-in",
        "It sent you back with an error instead of a code.",
        "invalid_scope: a scope is asked for that it does not know; compare scopes_supported of both servers. "
        "unauthorized_client: allow this client the"
        " code grant. invalid_target: let it know the resource. server_error: see its log.",
        AUTHORIZE,
    ),
    CauseCode.ISS_MISMATCH: Cause(
        "The answer comes in another name",
        "The sign-in began at one authorization server, and iss in the answer names another. That is what a mix-up "
        "attack looks like.",
        "Send iss with every answer, success or error, exactly as issuer stands in the metadata; or do not promise it "
        "there.",
        "RFC 9207 section 2.4",
    ),
    CauseCode.ISS_MISSING: Cause(
        "The answer does not say from whom it is",
        "The metadata promises that answers name their issuer (iss), and this one does not. Without the name an "
        "answer could be slipped in from elsewhere.",
        "Send iss with every answer, success or error, exactly as issuer stands in the metadata; or do not promise it "
        "there"
        " (authorization_response_iss_parameter_supported).",
        "RFC 9207 section 2.4",
    ),
    CauseCode.NO_STATE: Cause(
        "What came back is not the answer",
        "It carries no state, or another one, or says something twice. Anybody could have made it up, so it was not "
        "accepted.",
        "Send state back exactly as it came, and each parameter once.",
        AUTHORIZE,
        "If you did not just come from a consent page, somebody tried something. Nothing was changed.",
    ),
    CauseCode.NO_CODE: Cause(
        "You came back without a code",
        "The answer has neither a code nor an error.",
        "Send code and state in the query of the redirect.",
        "OAuth 2.1 section 4.1.2",
    ),
    CauseCode.INVALID_GRANT: Cause(
        "The code or refresh token was not accepted",
        "It is expired, was used before, belongs to another client, or something about it differs: the redirect_uri, "
        "or the verifier.",
        "Compare with what was sent when the code was issued. Two usual reasons: codes that live too short, and a "
        "redirect_uri that is compared after"
        " decoding or without its port.",
        TOKEN,
        "Sign in once more.",
    ),
    CauseCode.INVALID_CLIENT: Cause(
        "The authorization server does not know this client",
        "The client id is unknown or its secret is wrong. Registrations get lost when a server is set up anew.",
        "Keep registrations over restarts. Name in token_endpoint_auth_methods_supported only what is accepted: "
        "whoever offers none must take it."
        " With client_secret_basic, decode id and secret after splitting at the colon.",
        TOKEN,
        "Connect again: this client registers anew. If you typed an id or secret, check them.",
    ),
    CauseCode.INVALID_SCOPE: Cause(
        "A permission is unknown there",
        "The authorization server does not know a scope that the MCP server asks for.",
        "Let scopes_supported and the challenges of the MCP server name only scopes that the authorization server can "
        "grant.",
        TOKEN,
    ),
    CauseCode.INVALID_TARGET: Cause(
        "The authorization server does not know this resource",
        "It was told for which server the token is meant, and cannot issue one for it.",
        "Make the resource known to the authorization server, letter by letter as the metadata of the MCP server has "
        "it.",
        "RFC 8707 section 2",
    ),
    CauseCode.UNAUTHORIZED_CLIENT: Cause(
        "This client may not do that",
        "The authorization server knows the client, but does not allow it this kind of grant.",
        "Allow the client authorization_code, and refresh_token with it.",
        TOKEN,
    ),
    CauseCode.DPOP: Cause(
        "The proof of possession was refused",
        "The server wants a DPoP proof and did not accept the one it got: its address, time, nonce or key differ.",
        "Compare htu with the public address of the endpoint (proxies change it), allow for clocks that differ, and "
        "send DPoP-Nonce with use_dpop_nonce.",
        "RFC 9449 section 4.3",
    ),
    CauseCode.TOKEN_REFUSED: Cause(
        "No token was issued",
        "The token endpoint said no. Its reason is in the answer.",
        "The answer should have an error as the standard names them, and a description for people.",
        TOKEN,
    ),
    CauseCode.TOKEN_ANSWER: Cause(
        "The token answer cannot be used",
        "The token endpoint said yes, but access_token or token_type is missing or strange.",
        'Answer with JSON: access_token, "token_type": "Bearer", expires_in.',
        "RFC 6749 section 5.1",
    ),
}
