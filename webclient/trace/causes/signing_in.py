"""Causes in registration, in consent, and at the token endpoint."""

from ...cause_code import CauseCode
from .cause import Cause

TOKEN = "RFC 6749 section 5.2"
AUTHORIZE = "OAuth 2.1 section 4.1.2.1"

SIGNING_IN = {
    CauseCode.NO_REGISTRATION: Cause(
        "This client cannot register itself",
        "This client has no client id at the authorization server, which supports neither client ID metadata "
        "documents nor dynamic registration.",
        "Support client ID metadata documents or dynamic client registration, or give people a client id.",
        "MCP 2026-07-28, client registration",
        "Ask the owner of the server for a client id. Enter it in the settings of this integration, or in a terminal "
        "with --client-id.",
    ),
    CauseCode.REGISTRATION_REFUSED: Cause(
        "The registration was refused",
        "The authorization server registers clients, but not this one. Its reason is in the response.",
        "invalid_redirect_uri: allow http on loopback addresses for native applications. invalid_client_metadata: "
        "ignore members that you do not know.",
        "RFC 7591 section 3.2.2",
        "Ask the owner of the server for a client id. Enter it in the settings of this integration, or in a terminal "
        "with --client-id.",
    ),
    CauseCode.REGISTRATION_NEEDS_TOKEN: Cause(
        "Registration needs an initial access token",
        "The registration endpoint responds with 401 or 403: it accepts only clients with an initial access token "
        "from its owner.",
        "Allow registration without a token, support client ID metadata documents, or give people a client id.",
        "RFC 7591 section 3",
        "Ask the owner of the server for a client id. Enter it in the settings of this integration, or in a terminal "
        "with --client-id.",
    ),
    CauseCode.REGISTRATION_ANSWER: Cause(
        "The registration response cannot be used",
        "The registration succeeded, but client_id is missing from the response or is not a usable text. Without it "
        "the client cannot identify itself.",
        "Respond with 201 and a JSON object that has the member client_id.",
        "RFC 7591 section 3.2.1",
        "Ask the owner of the server for a client id. Enter it in the settings of this integration, or in a terminal "
        "with --client-id.",
    ),
    CauseCode.NO_REGISTRATION_ENDPOINT: Cause(
        "There is no registration endpoint at the address in the metadata",
        "registration_endpoint names an address, but there is no registration endpoint at it.",
        "Correct the address, or remove registration_endpoint. The usual reason is a path prefix that a proxy adds or "
        "removes.",
        "RFC 8414 section 2",
        "Ask the owner of the server for a client id. Enter it in the settings of this integration, or in a terminal "
        "with --client-id.",
    ),
    CauseCode.NO_TOKEN_ENDPOINT: Cause(
        "There is no token endpoint at the address in the metadata",
        "token_endpoint names an address, but there is no token endpoint at it.",
        "Correct the address. The usual reason is a path prefix that a proxy adds or removes.",
        "RFC 8414 section 2",
    ),
    CauseCode.DENIED: Cause(
        "You denied access",
        "Access was denied on the consent page.",
        "Nothing. This is not an error.",
        AUTHORIZE,
        "Connect again at any time.",
    ),
    CauseCode.AUTHORIZATION_ERROR: Cause(
        "The authorization server ended the sign-in",
        "It sent you back with an error instead of a code.",
        "invalid_scope: the client asked for an unknown scope; compare scopes_supported of both servers. "
        "unauthorized_client: allow this client the authorization code grant. invalid_target: configure the resource. "
        "server_error: see the log of the authorization server.",
        AUTHORIZE,
    ),
    CauseCode.ISS_MISMATCH: Cause(
        "The response names another issuer",
        "The sign-in began at one authorization server, but iss in the response names another. This happens in a "
        "mix-up attack.",
        "Send iss in every response, success or error, exactly as issuer in the metadata; or do not announce it there.",
        "RFC 9207 section 2.4",
    ),
    CauseCode.ISS_MISSING: Cause(
        "The response does not name its issuer",
        "The metadata announces that responses name their issuer (iss), but this one does not. Without it, a response "
        "from another authorization server could be substituted.",
        "Send iss in every response, success or error, exactly as issuer in the metadata; or do not announce it there "
        "(authorization_response_iss_parameter_supported).",
        "RFC 9207 section 2.4",
    ),
    CauseCode.NO_STATE: Cause(
        "The response does not belong to this sign-in",
        "Its state is missing or differs, or a parameter occurs twice. Anybody could have made it up, so it was not "
        "accepted.",
        "Return state unchanged, and each parameter once.",
        AUTHORIZE,
        "If you did not just come from a consent page, somebody may have tried to attack you. Nothing was changed.",
    ),
    CauseCode.NO_CODE: Cause(
        "The response has no code",
        "It has neither a code nor an error.",
        "Send code and state in the query of the redirect.",
        "OAuth 2.1 section 4.1.2",
    ),
    CauseCode.INVALID_GRANT: Cause(
        "The code or refresh token was refused",
        "It has expired, was used before or belongs to another client, or the redirect URI or the code verifier "
        "differs.",
        "Compare the request with the one for which the code was issued. Usual reasons are codes that expire too "
        "soon, and a redirect URI that is compared after decoding or without its port.",
        TOKEN,
        "Sign in again.",
    ),
    CauseCode.INVALID_CLIENT: Cause(
        "The authorization server does not know this client",
        "The client id is unknown or the secret is wrong. Registrations are lost when a server is installed again.",
        "Keep registrations when the server restarts. List in token_endpoint_auth_methods_supported only methods that "
        "you accept, including none if it is listed. For client_secret_basic, split at the colon first and then "
        "decode id and secret.",
        TOKEN,
        "Connect again; this client registers anew. If you entered a client id or secret, check them.",
    ),
    CauseCode.INVALID_SCOPE: Cause(
        "The authorization server does not know a scope",
        "The MCP server asks for a scope that the authorization server does not know.",
        "Name in scopes_supported and in the challenges of the MCP server only scopes that the authorization server "
        "can grant.",
        TOKEN,
    ),
    CauseCode.INVALID_TARGET: Cause(
        "The authorization server does not know this resource",
        "The client asked for a token for this resource, and the authorization server cannot issue one.",
        "Configure the resource at the authorization server, exactly as the metadata of the MCP server names it.",
        "RFC 8707 section 2",
    ),
    CauseCode.UNAUTHORIZED_CLIENT: Cause(
        "The client may not use this grant",
        "The authorization server knows the client, but does not allow it this grant type.",
        "Allow this client the grant types authorization_code and refresh_token.",
        TOKEN,
    ),
    CauseCode.DPOP: Cause(
        "The DPoP proof was refused",
        "The server requires a DPoP proof and did not accept the one that was sent: its address, time, nonce or key "
        "differs.",
        "Compare htu with the public address of the endpoint (proxies change it), allow for differences between "
        "clocks, and send DPoP-Nonce with use_dpop_nonce.",
        "RFC 9449 section 4.3",
    ),
    CauseCode.TOKEN_REFUSED: Cause(
        "No token was issued",
        "The token endpoint responded with an error. Its reason is in the response.",
        "Respond with an error code from the standard in error, and with a description for people in "
        "error_description.",
        TOKEN,
    ),
    CauseCode.TOKEN_ANSWER: Cause(
        "The token response cannot be used",
        "The request succeeded, but access_token or token_type is missing from the response or is not a usable text.",
        'Respond with JSON: access_token, "token_type": "Bearer", expires_in.',
        "RFC 6749 section 5.1",
    ),
}
