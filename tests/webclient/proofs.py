"""What a server looks at in a DPoP proof (RFC 9449 section 4.3), written apart from the client's own code."""

import hashlib
from base64 import urlsafe_b64encode
from typing import Any

from joserfc import jws, jwt
from joserfc.jwk import ECKey


def read_proof(values: list[str], method: str, url: str, token: str | None) -> tuple[str, dict[str, Any]]:
    """The thumbprint of the key, and the claims. Raises ValueError."""
    if len(values) != 1:
        raise ValueError("There is one proof for each request.")
    header = jws.extract_compact(values[0].encode()).headers()
    if header["typ"] != "dpop+jwt" or "d" in header["jwk"]:
        raise ValueError("The header is none of a proof.")
    key = ECKey.import_key(header["jwk"])
    claims = jwt.decode(values[0], key, algorithms=["ES256"]).claims
    digest = urlsafe_b64encode(hashlib.sha256((token or "").encode()).digest()).rstrip(b"=").decode()
    if (claims["htm"], claims["htu"]) != (method, url) or claims.get("ath") != (digest if token else None):
        raise ValueError("The proof is for another request.")
    return key.thumbprint(), claims
