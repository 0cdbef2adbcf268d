"""How joserfc reads and writes signatures (RFC 7515) here: one algorithm at a time, and headers of others as they
come.
"""

from copy import copy

from joserfc.jws import JWSRegistry
from joserfc.registry import Header


class _AnyHeader(JWSRegistry):
    """Ignores members of a header that are not understood (RFC 7515 section 4). The caller refuses ``crit``."""

    def check_header(self, header: Header) -> None:
        """Accept every header."""


def own_registry(algorithm: str) -> JWSRegistry:
    """Return a registry for one algorithm, and headers with registered members only."""
    return _only(algorithm, JWSRegistry(algorithms=[algorithm]))


def foreign_registry(algorithm: str, *, longest_header: int) -> JWSRegistry:
    """Return a registry for one algorithm, and headers of any members, of up to ``longest_header`` characters."""
    registry = _only(algorithm, _AnyHeader(algorithms=[algorithm]))
    registry.max_header_length = longest_header
    return registry


def _only(algorithm: str, registry: JWSRegistry) -> JWSRegistry:
    """joserfc warns at each use of the name EdDSA, which most signers still write (RFC 8037 section 3.1): not here."""
    chosen = copy(registry.algorithms[algorithm])
    chosen.security_warning = None
    registry.algorithms = {algorithm: chosen}
    return registry
