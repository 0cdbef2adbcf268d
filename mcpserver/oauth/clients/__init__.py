"""Clients: how they are found, described, registered and authenticated.

A request comes to ``authentication``, which looks in the store, reads a metadata document (``metadata_documents``),
or verifies a signature (``private_key_jwt``, ``workload``). ``registration`` (RFC 7591) and ``management`` (RFC
7592) hold what a client says against ``metadata``; ``initial_access`` has the tokens that let one register,
``stateless`` the ids of clients that are not stored.

It may import ``oauth.keys``, ``oauth.limits``, ``oauth.protocol`` and the value modules at the top of ``mcpserver``.
``tests/test_arrows.py`` holds it to that.
"""

from .authentication import Clients
from .initial_access import new_initial_access_token, require_initial_access_token
from .management import ClientConfiguration
from .metadata import Rules, auth_methods, digest_of
from .metadata_documents import ClientDocuments
from .private_key_jwt import PRIVATE_KEY_JWT, AssertionStore, ClientAssertions
from .registration import register, registration_answer
from .stateless import StatelessClients
from .workload import Workload, Workloads, WorkloadStore

__all__ = [
    "PRIVATE_KEY_JWT",
    "AssertionStore",
    "ClientAssertions",
    "ClientConfiguration",
    "ClientDocuments",
    "Clients",
    "Rules",
    "StatelessClients",
    "Workload",
    "WorkloadStore",
    "Workloads",
    "auth_methods",
    "digest_of",
    "new_initial_access_token",
    "register",
    "registration_answer",
    "require_initial_access_token",
]
