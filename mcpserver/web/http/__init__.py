"""What handlers of every room use: shared parts, forms, client authentication, CORS, addresses, security headers.

``security`` sees a request first; ``client_address`` says where it comes from, ``forms`` reads its body,
``client_authentication`` who its client is, ``bearer`` its access token, ``admission`` counts it. ``parts`` has the
keys of the application under which handlers find what several of them use.

It may import ``accounts``, ``oauth.clients``, ``oauth.keys``, ``oauth.protocol``, ``oauth.resource``,
``oauth.tokens``, ``store`` and the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to
that.
"""

from .admission import counted
from .bearer import bearer_answer, bearer_user
from .client_address import peer_address
from .client_authentication import authenticated_form, clients_for, proven_key
from .cors import allow_origins, open_to_browsers
from .forms import MAX_SIZE, query_parameters, read_body, read_form, read_json
from .json_response import NO_STORE, json_answer
from .parts import ACCOUNTS, CLIENTS, PROOFS, RESOURCE_SERVER, SITE, STORE, TOKEN_ISSUER, Site
from .security import HEALTH, NAME, harden, known_host
from .user_agent import describe

__all__ = [
    "ACCOUNTS",
    "CLIENTS",
    "HEALTH",
    "MAX_SIZE",
    "NAME",
    "NO_STORE",
    "PROOFS",
    "RESOURCE_SERVER",
    "SITE",
    "STORE",
    "TOKEN_ISSUER",
    "Site",
    "allow_origins",
    "authenticated_form",
    "bearer_answer",
    "bearer_user",
    "clients_for",
    "counted",
    "describe",
    "harden",
    "json_answer",
    "known_host",
    "open_to_browsers",
    "peer_address",
    "proven_key",
    "query_parameters",
    "read_body",
    "read_form",
    "read_json",
]
