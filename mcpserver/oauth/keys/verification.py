"""Signatures of others (RFC 7515): whether a key made one. Headers beyond algorithm and key are ignored."""

from joserfc import jwt
from joserfc.errors import JoseError

from mcpbase.jws import foreign_registry

from .public_keys import CLIENT_KEY_ALGORITHMS, PublicKey
from .signing import BadSignature

LONGEST_HEADER = 64 * 1024
"""Characters; whoever reads the header first bounds it further and refuses ``crit``."""

_REGISTRIES = {
    algorithm: foreign_registry(algorithm, longest_header=LONGEST_HEADER) for algorithm in CLIENT_KEY_ALGORITHMS
}


def signed_claims(compact: str, key: PublicKey, algorithm: str) -> dict[str, object]:
    """The claims of a JWT that the key signed with one of ``CLIENT_KEY_ALGORITHMS``. Raises BadSignature."""
    try:
        return jwt.decode(compact, key, registry=_REGISTRIES[algorithm]).claims
    except (JoseError, ValueError, RecursionError) as error:
        raise BadSignature from error


def media_type(typ: object) -> str | None:
    """The ``typ`` of a header (RFC 7515 section 4.1.9): letter case means nothing, and ``application/`` in front may
    be left out.
    """
    return typ.lower().removeprefix("application/") if isinstance(typ, str) else None
