"""The OAuth 2.1 client: from a challenge to a token and its renewal.

A sign-in goes through ``discovery`` and ``metadata``, ``registration`` (or the client's own document, ``identity``),
``authorization`` and ``token_endpoint``; ``sign_in`` runs these steps and ``token_keeper`` renews tokens. ``context``
is passed to all of them; ``dpop`` and ``signing`` make proofs. ``protocol`` has the values that other packages use.

It may import ``fetcher``, ``http``, ``oauth.protocol``, ``trace`` and the value modules at the top of ``webclient``.
``tests/test_arrows.py`` holds it to that.
"""

from .authorization import challenge_for, state_digest, with_query
from .client_authentication import authenticated
from .context import FlowContext, Nonces
from .dpop import demanded
from .grants import WITHOUT_PERSON
from .identity import Identity, metadata
from .registration import DOCUMENT, DYNAMIC, TYPED
from .scopes import union
from .sign_in import Request, SignIn
from .signing import SEED, UnusableKey, new_key, public, read_key
from .token_keeper import TokenKeeper

__all__ = [
    "DOCUMENT",
    "DYNAMIC",
    "SEED",
    "TYPED",
    "WITHOUT_PERSON",
    "FlowContext",
    "Identity",
    "Nonces",
    "Request",
    "SignIn",
    "TokenKeeper",
    "UnusableKey",
    "authenticated",
    "challenge_for",
    "demanded",
    "metadata",
    "new_key",
    "public",
    "read_key",
    "state_digest",
    "union",
    "with_query",
]
