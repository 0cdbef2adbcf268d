"""Translation of the HTTP library's errors into a sentence and a cause."""

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError

from ..cause_code import CauseCode

NO_TLS = frozenset(
    {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "UNKNOWN_PROTOCOL"}
)
"""OpenSSL reasons for an answer that is not TLS; they differ by version."""
CERTIFICATES = {
    9: ("uses a certificate that is not valid yet", CauseCode.TLS_EXPIRED),
    10: ("uses a certificate that has expired", CauseCode.TLS_EXPIRED),
    18: ("uses a self-signed certificate", CauseCode.TLS_SELF_SIGNED),
    19: ("uses a certificate whose issuer this machine does not trust", CauseCode.TLS_SELF_SIGNED),
    20: ("uses a certificate whose issuer this machine does not know", CauseCode.TLS_ISSUER),
    21: ("uses a certificate without sending the certificate of its issuer", CauseCode.TLS_ISSUER),
    62: ("uses a certificate for another name", CauseCode.TLS_NAME),
    64: ("uses a certificate that is not for this address", CauseCode.TLS_NAME),
}
"""Sentence and cause by the verification code of X509_verify_cert (OpenSSL)."""
TOO_LARGE = ("Got more than", "Too many headers")
"""Beginnings of aiohttp's messages about headers over a limit."""
UNTRUSTED = ("uses a certificate that this machine does not trust", CauseCode.TLS)


def reason(error: Exception, host: str) -> tuple[str, CauseCode]:
    """The sentence and the cause for an error of the HTTP library."""
    if isinstance(error, TimeoutError):
        return f"{host} did not respond in time.", CauseCode.TIMEOUT
    if isinstance(error, aiohttp.ClientPayloadError):
        return _broken(error, host)
    return _secure(error, host) or _connected(error, host)


def _secure(error: Exception, host: str) -> tuple[str, CauseCode] | None:
    if isinstance(error, aiohttp.ClientConnectorSSLError) and getattr(error.os_error, "reason", "") in NO_TLS:
        return f"{host} responds, but not with https.", CauseCode.NO_TLS
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        failure = getattr(error, "certificate_error", None)
        what, cause = CERTIFICATES.get(getattr(failure, "verify_code", 0), UNTRUSTED)
        return f"{host} {what}.", cause
    return None


def _connected(error: Exception, host: str) -> tuple[str, CauseCode]:
    if isinstance(error, aiohttp.InvalidURL | UnicodeError):
        return f"{host} is not a valid address.", CauseCode.NO_HOST
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"There is no host named {host}.", CauseCode.NO_HOST
    if isinstance(error, aiohttp.ClientConnectorError):
        return (
            f"{host} does not accept connections. Is the server running, and is the address right?",
            CauseCode.NOTHING_ANSWERS,
        )
    if isinstance(error, aiohttp.ClientResponseError) and error.message.startswith(TOO_LARGE):
        return f"{host} sent headers that are too large for this client.", CauseCode.HEADERS_TOO_LARGE
    return f"{host} closed the connection or sent something that is not HTTP.", CauseCode.NOT_HTTP


def _broken(error: aiohttp.ClientPayloadError, host: str) -> tuple[str, CauseCode]:
    if isinstance(error.__cause__, ContentEncodingError):
        return f"{host} says that its response is compressed, but it cannot be decompressed.", CauseCode.ENCODING
    return f"{host} closed the connection before the response was complete.", CauseCode.CUT_SHORT
