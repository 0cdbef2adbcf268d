"""The authorization request and response (OAuth 2.1 section 4.1, RFC 7636, RFC 8707, RFC 9207)."""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from mcpbase import base64url

from ..cause_code import CauseCode
from ..errors import ConsentDenied, PermissionDeclined, Untrusted
from ..trace import AUTH, CLIENT, YOU, Chapter, Notes, Trace
from .metadata import named
from .protocol import Pending
from .signing import thumbprint


def challenge_for(verifier: str) -> str:
    """The S256 code challenge for a verifier (RFC 7636 section 4.2)."""
    return base64url.encode(hashlib.sha256(verifier.encode()).digest())


def state_digest(state: str) -> bytes:
    return hashlib.sha256(b"state " + state.encode()).digest()


def authorization_parameters(pending: Pending, state: str, redirect_uri: str) -> dict[str, str]:
    """The parameters of the authorization request (OAuth 2.1 section 4.1.1), with ``resource`` (RFC 8707 section 2.1),
    and ``dpop_jkt`` for a code bound to a key (RFC 9449 section 10).

    With ``offline_access``, ``prompt`` is ``consent``, without which it is not granted (OpenID Connect Core section
    11).
    """
    parameters = {
        "response_type": "code",
        "client_id": pending.credentials.client_id,
        "redirect_uri": redirect_uri,
        "code_challenge": challenge_for(pending.verifier),
        "code_challenge_method": "S256",
        "state": state,
        "resource": pending.resource,
    }
    if pending.scopes:
        parameters["scope"] = " ".join(pending.scopes)
        if "offline_access" in pending.scopes:
            parameters["prompt"] = "consent"
    if pending.proof_key:
        parameters["dpop_jkt"] = thumbprint(pending.proof_key)
    return parameters


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """The address with the parameters added to any query that it already has (RFC 6749 section 3.1)."""
    parts = urlsplit(url)
    return urlunsplit(
        parts._replace(query=urlencode([*parse_qsl(parts.query, keep_blank_values=True), *parameters.items()]))
    )


def require_issuer(pending: Pending, answered: str | None, notes: Notes) -> None:
    """Require that the answered issuer equals the recorded one byte for byte (RFC 9207 section 2.4). It may be absent
    only when the server did not announce that it sends it. Raises Untrusted.
    """
    if answered is None:
        silent = Untrusted(
            "The metadata of the authorization server announces that its responses name their issuer (iss), but this "
            "response does not. It was discarded.",
            CauseCode.ISS_MISSING,
        )
        sentence = "The issuer may be omitted, because the metadata does not announce it"
        return notes.require(not pending.iss_required, sentence, "RFC 9207 section 2.4", silent)
    mixed_up = Untrusted(
        "The response names another authorization server than the one you were sent to, so it was discarded. You were "
        f"sent to {named(pending.issuer)}, and the response names {named(answered)}.",
        CauseCode.ISS_MISMATCH,
    )
    same = hmac.compare_digest(answered.encode(), pending.issuer.encode())
    return notes.require(same, "The response names the issuer you were sent to", "RFC 9207 section 2.4", mixed_up)


def require_code(query: Mapping[str, str]) -> str:
    """The code of an authorization response (OAuth 2.1 section 4.1.2).

    Raises PermissionDeclined when the person declined, ConsentDenied for any other error and for a missing code.
    """
    if query.get("error") == "access_denied":
        raise PermissionDeclined("You denied access, so nothing was connected. You can try again at any time.")
    if "error" in query:
        told = query.get("error_description") or query["error"]
        raise ConsentDenied(f"The authorization server refused: {told[:300]}")
    if not query.get("code"):
        raise ConsentDenied("The authorization server sent you back without a code.", CauseCode.NO_CODE)
    return query["code"]


async def authorization_url(trace: Trace, endpoint: str, pending: Pending, state: str, redirect_uri: str) -> str:
    """The address of the authorization request for the person's browser, recorded as a hop."""
    parameters = authorization_parameters(pending, state, redirect_uri)
    async with trace.hop(
        YOU, AUTH, Chapter.CONSENT, "Authorization request", method="GET", url=endpoint, rule="OAuth 2.1 section 4.1.1"
    ) as notes:
        notes.sends(parameters)
        notes.outcome, notes.status = "info", 303
        notes.meaning = (
            "Your browser goes to the authorization server. You sign in there and choose what to allow; this client "
            "never sees your password."
        )
    return with_query(endpoint, parameters)


async def read_callback(trace: Trace, url: str, pending: Pending, query: Mapping[str, str]) -> str:
    """The code of the authorization response, once its issuer is checked. Raises Untrusted, ConsentDenied."""
    async with trace.hop(
        YOU, CLIENT, Chapter.CONSENT, "Authorization response", method="GET", url=url, rule="OAuth 2.1 section 4.1.2"
    ) as notes:
        notes.status = 303
        notes.require(
            True,
            "The state belongs to a sign-in of this browser and was not used before",
            "RFC 6749 section 10.12",
            Untrusted(""),
        )
        require_issuer(pending, query.get("iss"), notes)
        notes.receives({name: query.get(name) for name in ("code", "state", "iss", "error", "error_description")})
        code = require_code(query)
        notes.meaning = (
            "You allowed access. The code in the address works once, for a short time, and only together with a "
            "secret that this client has kept to itself."
        )
        return code
