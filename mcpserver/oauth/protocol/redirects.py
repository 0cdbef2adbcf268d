"""Redirect URIs: which may be registered, and which registered one a request names (OAuth 2.1 section 2.3, RFC 8252
section 7).
"""

import logging
import re
from collections.abc import Collection, Mapping
from urllib.parse import unquote_plus, urlencode, urlsplit

from mcpbase.masking import masked

from .errors import InvalidRedirectUri, PageError
from .models import Client

_log = logging.getLogger(__name__)

# RFC 3986: no controls, no spaces, nothing beyond ASCII; backslashes because browsers read them as slashes.
_CHARACTERS = re.compile(r"[!$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]{1,2048}")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:")
_HOST = re.compile(
    r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]"
)
# RFC 8252 section 7.3, and localhost, which native clients use in spite of section 8.3.
ANSWERS = frozenset({"code", "state", "iss", "error", "error_description", "error_uri"})
"""Parameters that an authorization response adds to the query (OAuth 2.1 section 4.1.2, RFC 9207 section 2)."""
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\]|localhost)(?::([0-9]{1,5}))?((?:[/?].*)?)")


def require_registrable(uri: str, *, native_schemes: Collection[str], answers: Collection[str] = ANSWERS) -> None:
    """Check that a redirect URI may be registered (RFC 7591 section 5).

    Accepted are https anywhere, http on loopback, and private-use schemes of known programs or in reverse-domain form.
    ``answers`` are the parameters that responses add to the query; none may be in it already, for a repeated parameter
    makes a response invalid (OAuth 2.1 section 3.1). Raises InvalidRedirectUri.
    """
    if not _CHARACTERS.fullmatch(uri) or "*" in uri or "%00" in uri:
        raise InvalidRedirectUri(
            "A redirect URI may hold neither wildcards, fragments, spaces, control nor non-ASCII characters.",
            reason=f"redirect {uri!r}",
        )
    scheme = _SCHEME.match(uri)
    if scheme is None:
        raise InvalidRedirectUri(
            "A redirect URI must be absolute and begin with a lower-case scheme.", reason=f"redirect {uri!r}"
        )
    if scheme[0] in ("https:", "http:"):
        _require_web_uri(uri)
    elif scheme[0][:-1] not in native_schemes and "." not in scheme[0]:
        # RFC 8252 section 7.1: a private-use scheme is a domain in reverse; this excludes javascript:, data: and the
        # like.
        raise InvalidRedirectUri(
            "A redirect URI's scheme must be https, http on loopback, or a reverse domain name.",
            reason=f"redirect {uri!r}",
        )
    if taken := _query_names(uri) & set(answers):
        names = ", ".join(sorted(taken))
        raise InvalidRedirectUri(
            f"The query of a redirect URI must not hold {names}: the answer brings it, and it would come twice.",
            reason=f"redirect {uri!r}",
        )


def _query_names(uri: str) -> set[str]:
    """Return the decoded names; some servers take a semicolon as a separator too."""
    return {unquote_plus(pair.partition("=")[0]) for pair in re.split("[&;]", uri.partition("?")[2])}


def _require_web_uri(uri: str) -> None:
    if is_loopback(uri):
        return
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as error:
        raise InvalidRedirectUri("The redirect URI's address is malformed.", reason=f"redirect {uri!r}") from error
    host = parts.netloc if port is None else parts.netloc.removesuffix(f":{port}")
    if not _HOST.fullmatch(host) or port == 0:
        raise InvalidRedirectUri("The redirect URI's host is malformed.", reason=f"redirect {uri!r}")
    if parts.scheme != "https":
        raise InvalidRedirectUri(
            "A redirect URI must be https, or http on 127.0.0.1, [::1] or localhost.", reason=f"redirect {uri!r}"
        )


def is_loopback(uri: str) -> bool:
    """Return whether it leads by http to a program on the person's own computer (RFC 8252 section 7.3)."""
    return _loopback_without_port(uri) is not None


def require_redirect_uri(client: Client, uri: str | None) -> str:
    """Return the registered redirect URI that a request names, compared as a string (OAuth 2.1 section 2.3.1).

    A loopback one may have another port (section 8.4.2). Raises PageError.
    """
    if uri is None:
        if len(client.redirect_uris) != 1 or _has_any_port(client.redirect_uris[0]):
            raise PageError(
                "The return address is missing",
                "The request names no redirect_uri, but the application has registered several, or one that allows "
                "any port.",
            )
        return _require_answerable(client, client.redirect_uris[0])
    if not any(_matches(registered, uri) for registered in client.redirect_uris):
        _log.warning(
            "redirect_uri mismatch: client %s registered %s, the request has %r",
            masked(client.id),
            list(client.redirect_uris),
            masked(uri),
        )
        raise PageError(
            "This return address is not registered",
            f"The application {client.name} asked to return to an address that it has not registered. No access was "
            "granted.",
        )
    return _require_answerable(client, uri)


def _require_answerable(client: Client, uri: str) -> str:
    """Check a client that was registered before such URIs were refused. Raises PageError."""
    if taken := _query_names(uri) & ANSWERS:
        raise PageError(
            "This return address cannot be used",
            f"The application {client.name} has registered a return address with {', '.join(sorted(taken))} in its "
            "query, which the response"
            " adds itself. The makers of the application must register another address. No access was granted.",
        )
    return uri


def _matches(registered: str, presented: str) -> bool:
    if registered == presented:
        return True
    loopback = _loopback_without_port(presented)
    return loopback is not None and loopback == _loopback_without_port(registered)


def _loopback_without_port(uri: str) -> tuple[str, str] | None:
    """Return the host and what follows the port; None when it is no loopback redirect."""
    match = _LOOPBACK.fullmatch(uri)
    if match is None or (match[2] is not None and not 0 < int(match[2]) < 65536):
        return None
    return match[1], match[3]


def without_loopback_port(uri: str) -> str:
    """Return a loopback redirect URI without its port, as it is kept; any other as it is."""
    loopback = _loopback_without_port(uri)
    return uri if loopback is None else f"http://{loopback[0]}{loopback[1]}"


def _has_any_port(uri: str) -> bool:
    """Return whether it is kept without a port, so that each request has to name one."""
    return is_loopback(uri) and without_loopback_port(uri) == uri


def is_web_address(uri: str) -> bool:
    """Return whether a browser can post a form there."""
    return uri.startswith(("https://", "http://"))


def display_host(uri: str) -> str:
    """Return what a person is shown of it: the host, or the scheme of a program on their computer."""
    parts = urlsplit(uri)
    return parts.netloc if parts.scheme in ("https", "http") else f"{parts.scheme}://{parts.netloc}"


def with_answer(redirect_uri: str, answer: Mapping[str, str]) -> str:
    """Return the redirect URI with the response's parameters added to its query (OAuth 2.1 section 4.1.2)."""
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(answer)}"
