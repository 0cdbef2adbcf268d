"""Causes of refused tokens and of missing permissions."""

from ...cause_code import CauseCode
from .cause import Cause

TOKENS = {
    CauseCode.WRONG_AUDIENCE: Cause(
        "The token is for another server",
        "The authorization server issued a token, but its audience (aud) is not this server, so the server rightly "
        "refuses it.",
        "Let the authorization server use the resource of the request as the audience, and let the MCP server expect "
        "exactly that value.",
        "MCP 2026-07-28, audience",
    ),
    CauseCode.NO_AUDIENCE: Cause(
        "The token names no audience",
        "It has no audience (aud). MCP servers must check that a token was issued for them, so they refuse a token "
        "without one.",
        "Let the authorization server use the resource of the request as the audience. Some do so only if this server "
        "is configured there as an API or audience.",
        "RFC 9068 section 2.2",
    ),
    CauseCode.EXPIRED: Cause(
        "The token had expired",
        "Its exp was in the past when the client sent it.",
        "State the lifetime in expires_in, and issue refresh tokens. If the token was new, the clocks of the two "
        "servers differ.",
        "RFC 9068 section 4",
        "Sign in again.",
    ),
    CauseCode.NOT_YET_VALID: Cause(
        "The token is not valid yet",
        "Its nbf or iat was still in the future when the client sent it. The clocks of the servers differ.",
        "Set the clocks by NTP, and allow for a difference of a minute when you check nbf and iat.",
        "RFC 7519 section 4.1.5",
        "Wait a minute and try again.",
    ),
    CauseCode.MILLISECONDS: Cause(
        "The times in the token are in milliseconds",
        "They are so far in the future that they can only be milliseconds. Times in tokens are seconds since 1970, "
        "and a server that checks them refuses these.",
        "Divide the times by 1,000 when you create the token.",
        "RFC 7519 section 2",
    ),
    CauseCode.TOKEN_DROPPED: Cause(
        "The server no longer accepts this token",
        "It was issued some time ago. Since then it has expired or was revoked, or its signing key was removed.",
        "Keep signing keys and grants when the server restarts. State the lifetime in expires_in, so that clients "
        "renew a token in time.",
        "MCP 2026-07-28, token handling",
        "Sign in again.",
    ),
    CauseCode.TOKEN_LOOP: Cause(
        "The server refuses a token that was just issued for it",
        "You signed in, the authorization server issued a token, and the MCP server still responds with 401. Signing "
        "in again would not change that.",
        "Compare what the MCP server checks with the token: issuer, audience, signing keys, algorithm, typ. The log "
        "of the server should say which check failed; error_description in the challenge can say it, too.",
        "MCP 2026-07-28, token handling",
    ),
    CauseCode.KEY_REFUSED: Cause(
        "The key was refused",
        "You entered a key for this server, and the server responds to it with 401 or 403.",
        "Say in the response which key is expected, and in which header.",
        "RFC 9110 section 15.5.2",
        "Check the key and its header under Settings. The key may have expired or been replaced.",
    ),
    CauseCode.INSUFFICIENT_SCOPE: Cause(
        "A permission is missing",
        "The token does not allow this. The challenge names the scopes that are needed.",
        "Name every scope that the operation needs in one challenge.",
        "MCP 2026-07-28, scope challenge",
        "Grant the permission, and the call is repeated.",
    ),
    CauseCode.SCOPE_UNNAMED: Cause(
        "A permission is missing, but the server does not name it",
        "The server responds with 403 and insufficient_scope but names no scope, so no client can ask for it.",
        'Name every scope that the operation needs in the challenge: scope="...".',
        "MCP 2026-07-28, scope challenge",
    ),
    CauseCode.SCOPE_NOT_GRANTED: Cause(
        "A permission was requested, but not granted",
        "The authorization server issued a token without it. Either you did not select it on the consent page, or the "
        "authorization server does not grant it to your account.",
        "Configure the scope at the authorization server, and allow it for this client and this account. Name only "
        "scopes that it can grant.",
        "RFC 6749 section 3.3",
        "Connect again, and check whether the consent page offers the permission.",
    ),
    CauseCode.SCOPE_LOOP: Cause(
        "The permission was granted, but the server still refuses",
        "The authorization server granted what was requested, and the MCP server asks for it again.",
        "Check that the token contains the granted scopes, and that the server reads them from the right claim (scope "
        "or scp).",
        "MCP 2026-07-28, step-up",
    ),
    CauseCode.OTHER_ISSUER: Cause(
        "The server has changed its authorization server",
        "A client id and secret belong to the authorization server that issued them, and are sent to no other.",
        "If the change is intended, tell everybody who entered a client id.",
        "MCP 2026-07-28, client registration",
        "If you expected this, disconnect and add the server again.",
    ),
}
