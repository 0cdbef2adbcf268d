"""Why an exchange came to nothing: what the HTTP library saw, as a sentence and as an entry of the catalogue of causes."""

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError

NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "UNKNOWN_PROTOCOL"})
"""What OpenSSL says, by its version, when the other side answers and not in TLS."""
CERTIFICATES = {
    9: ("shows a certificate that is not valid yet", "tls_expired"),
    10: ("shows a certificate that has expired", "tls_expired"),
    18: ("shows a certificate that it signed itself", "tls_self_signed"),
    19: ("shows a certificate whose issuer this machine does not trust", "tls_self_signed"),
    20: ("shows a certificate whose issuer this machine does not know", "tls_issuer"),
    21: ("shows a certificate whose issuer it does not show along", "tls_issuer"),
    62: ("shows a certificate that is made out to another name", "tls_name"),
    64: ("shows a certificate that is not made out to this address", "tls_name"),
}
"""By the codes of X509_verify_cert (OpenSSL)."""
TOO_LARGE = ("Got more than", "Too many headers")
"""How aiohttp begins to say that headers went over a limit."""
UNTRUSTED = ("does not show a certificate that this machine trusts", "tls")


def reason(error: Exception, host: str) -> tuple[str, str]:
    """What to say, and the entry in the catalogue of causes."""
    if isinstance(error, TimeoutError):
        return f"{host} did not answer in time.", "timeout"
    if isinstance(error, aiohttp.ClientPayloadError):
        return _broken(error, host)
    return _secure(error, host) or _connected(error, host)


def _secure(error: Exception, host: str) -> tuple[str, str] | None:
    if isinstance(error, aiohttp.ClientConnectorSSLError) and getattr(error.os_error, "reason", "") in NO_TLS:
        return f"{host} answers, but not by https.", "no_tls"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        failure = getattr(error, "certificate_error", None)
        what, cause = CERTIFICATES.get(getattr(failure, "verify_code", 0), UNTRUSTED)
        return f"{host} {what}.", cause
    return None


def _connected(error: Exception, host: str) -> tuple[str, str]:
    if isinstance(error, aiohttp.InvalidURL | UnicodeError):
        return f"{host} is no address that can be reached.", "no_host"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"There is no host called {host}.", "no_host"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"Nothing answers at {host}. Is the server running, and is the address right?", "nothing_answers"
    if isinstance(error, aiohttp.ClientResponseError) and error.message.startswith(TOO_LARGE):
        return f"{host} sends larger headers than this client reads.", "headers_too_large"
    return f"{host} broke off or sent something that is not HTTP.", "not_http"


def _broken(error: aiohttp.ClientPayloadError, host: str) -> tuple[str, str]:
    if isinstance(error.__cause__, ContentEncodingError):
        return f"{host} says that its answer is compressed, and it cannot be unpacked.", "encoding"
    return f"{host} broke off in the middle of its answer.", "cut_short"
