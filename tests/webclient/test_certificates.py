"""A certificate that is not trusted says which way it is bad (OAuth 2.1 section 1.5; the codes are OpenSSL's)."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from webclient.cause_code import CauseCode
from webclient.trace.causes import CAUSES

from .cli.test_commands import Terminal

AUTHORITY = trustme.CA()
NOW = datetime.now(UTC)


def self_signed(folder: Path) -> ssl.SSLContext:
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")]),
    )
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    certificate = (
        built.not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "both.pem").write_bytes(key.private_bytes(*form) + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


def issued(name: str, expiry: datetime | None = None, authority: trustme.CA = AUTHORITY) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_after=expiry).configure_cert(context)
    return context


@pytest.mark.parametrize(
    ("kind", "cause", "words"),
    [
        ("expired", "tls_expired", "has expired"),
        ("wrong address", "tls_name", "not for this address"),
        ("wrong name", "tls_name", "certificate for another name"),
        ("self-signed", "tls_self_signed", "self-signed"),
        ("unknown", "tls_issuer", "issuer this machine does not know"),
    ],
)
async def test_what_is_wrong_with_a_certificate_is_told(kind: str, cause: str, words: str, tmp_path: Path) -> None:
    """The authority is one that the machine trusts, but for the last one."""
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    contexts = {
        "expired": lambda: issued("127.0.0.1", NOW - timedelta(days=2)),
        "wrong address": lambda: issued("192.0.2.7"),
        "wrong name": lambda: issued("other.example"),
        "self-signed": lambda: self_signed(tmp_path),
        "unknown": lambda: issued("127.0.0.1", authority=trustme.CA()),
    }
    server = TestServer(web.Application())
    await server.start_server(ssl=contexts[kind]())
    host = "localhost" if kind == "wrong name" else "127.0.0.1"
    ended = await Terminal(tmp_path)(
        "trace", f"https://{host}:{server.port}/mcp", SSL_CERT_FILE=str(tmp_path / "authority.pem")
    )
    await server.close()
    told = " ".join(ended.out.split())
    assert words in told
    assert CAUSES[CauseCode(cause)].title in told
    assert ended.status == 1
