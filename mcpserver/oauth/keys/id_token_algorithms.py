"""Which algorithms an ID token may be signed with, and the member of a client's metadata that names one."""

from .signing import RS256, SIGNING_ALGORITHMS

ID_TOKEN_ALGORITHM = "id_token_signed_response_alg"
"""The member of a client's metadata that names the algorithm of its ID tokens (OpenID Connect Dynamic Client
Registration section 2).
"""


ID_TOKEN_ALGORITHMS = tuple(dict.fromkeys((RS256, *SIGNING_ALGORITHMS)))
"""Those that a client may ask for.

RS256 comes first: it is what an ID token has where nobody asked for another (the same section; Core section 15.1).
"""
