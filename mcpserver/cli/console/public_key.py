"""Reading of a client's public key as PEM, JWK or JWK set."""

import json
from contextlib import suppress

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from ...oauth.keys import InvalidKey, read_keys
from .refusal import Misuse


def public_key_set(text: bytes) -> dict[str, object]:
    """A JWK set of public keys (RFC 7517 section 5), from PEM, a JWK or a JWK set. Raises Misuse."""
    document = _pem(text) if text.lstrip().startswith(b"-----") else _json(text)
    keys = document.get("keys", [document])
    try:
        if not isinstance(keys, list) or len(read_keys({"keys": keys})) != len(keys) or not keys:
            raise InvalidKey("is not one that can be used here")
    except InvalidKey as error:
        raise Misuse(
            f"The public key {error}: give an EC (P-256), Ed25519 or RSA public key, as PEM, JWK or JWK set."
        ) from None
    return {"keys": keys}


def _pem(text: bytes) -> dict[str, object]:
    if b"PRIVATE" in text:
        raise Misuse("This is a private key: keep it where the client runs, and give the public part here.")
    for kind in (ECKey, OKPKey, RSAKey):
        with suppress(JoseError, ValueError):
            return dict(kind.import_key(text).as_dict(private=False))
    raise Misuse("The public key cannot be read: is it PEM, and whole?")


def _json(text: bytes) -> dict[str, object]:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Misuse("The public key cannot be read: it is neither PEM nor a JWK.")
    return document
