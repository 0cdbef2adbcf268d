"""Causes of refused tokens and of missing permissions."""

from ...cause_code import CauseCode
from .cause import Cause

TOKENS = {
    CauseCode.WRONG_AUDIENCE: Cause(
        "The token is meant for another server",
        "It was issued, but its audience (aud) is not this server, so the server rightly refuses it.",
        "Let the authorization server put the resource of the request into aud, and let the MCP server expect exactly "
        "that string.",
        "MCP 2026-07-28, audience",
    ),
    CauseCode.NO_AUDIENCE: Cause(
        "The token does not say for whom it is",
        "It names no audience (aud). MCP servers must check that a token is meant for them, so they refuse one that "
        "says nothing.",
        "Let the authorization server put the resource of the request into aud. Some do so only when a setting names "
        "this server as an API or audience.",
        "RFC 9068 section 2.2",
    ),
    CauseCode.EXPIRED: Cause(
        "The token had run out",
        "Its exp lay in the past when it was shown.",
        "Tell the lifetime with expires_in, and issue refresh tokens. If it was fresh, the clocks of the two servers "
        "differ.",
        "RFC 9068 section 4",
        "Sign in again.",
    ),
    CauseCode.NOT_YET_VALID: Cause(
        "The token is not valid yet",
        "It says that it begins, or was issued, at a time that still lay ahead when it was shown. The clocks of the "
        "servers differ.",
        "Set the clocks by NTP, and allow for a minute of difference when nbf and iat are checked.",
        "RFC 7519 section 4.1.5",
        "Wait a minute and try again.",
    ),
    CauseCode.MILLISECONDS: Cause(
        "The token counts in milliseconds",
        "Its times are so far ahead that they can only be milliseconds. In tokens they are seconds since 1970, and a "
        "server that checks them stumbles.",
        "Divide by 1,000 where the token is made.",
        "RFC 7519 section 2",
    ),
    CauseCode.TOKEN_DROPPED: Cause(
        "The server does not take this token any more",
        "It was issued some time ago, and has been revoked since, has run out, or was signed with a key that is gone.",
        "Keep signing keys and grants over restarts. Tell the lifetime with expires_in, so that clients renew a token "
        "in time.",
        "MCP 2026-07-28, token handling",
        "Sign in again.",
    ),
    CauseCode.TOKEN_LOOP: Cause(
        "The server refuses a token that it was just given",
        "You signed in, a token came, and the MCP server still answers 401. Signing in again would lead to the same "
        "place.",
        "Compare what the server checks with what is in the token: issuer, audience, signature keys, algorithm, typ. "
        "Its log should say which check failed;"
        " error_description in the challenge may.",
        "MCP 2026-07-28, token handling",
    ),
    CauseCode.KEY_REFUSED: Cause(
        "The key is not accepted",
        "You entered a key for this server, and the server answers 401 or 403 when it is shown.",
        "Say in the answer which key is expected, and in which header.",
        "RFC 9110 section 15.5.2",
        "Check the key and the header that carries it, under Settings; perhaps it was replaced or has run out.",
    ),
    CauseCode.INSUFFICIENT_SCOPE: Cause(
        "A permission is missing",
        "The token does not allow this. The challenge names what is needed.",
        "Name every scope that the operation needs in one challenge.",
        "MCP 2026-07-28, scope challenge",
        "Grant it, and the call is made again.",
    ),
    CauseCode.SCOPE_UNNAMED: Cause(
        "A permission is missing, and nobody says which",
        "The server answers 403 with insufficient_scope, and names no scope. So no client can ask for what is missing.",
        'Name in the challenge every scope that the operation needs: scope="...".',
        "MCP 2026-07-28, scope challenge",
    ),
    CauseCode.SCOPE_NOT_GRANTED: Cause(
        "A permission was asked for and not given",
        "The authorization server issued a token without it. That may be your choice on the consent page, or it gives "
        "this permission to nobody like you.",
        "Let the authorization server know the scope, and allow it for this client and this person; and name only "
        "scopes that it can grant.",
        "RFC 6749 section 3.3",
        "Connect again, and look on the consent page whether the permission is offered.",
    ),
    CauseCode.SCOPE_LOOP: Cause(
        "The permission is there, and the server still says no",
        "What was asked for was granted, and the server asks for it again.",
        "Check that the token carries the scopes that were granted, and that the server reads them from where they "
        "are (scope or scp).",
        "MCP 2026-07-28, step-up",
    ),
    CauseCode.OTHER_ISSUER: Cause(
        "The server has changed its authorization server",
        "A client id and secret belong to the authorization server that they were made for, and are sent to no other.",
        "If the change is meant, tell the people who typed in a client id.",
        "MCP 2026-07-28, client registration",
        "If you expected this, disconnect and add the server again.",
    ),
}
