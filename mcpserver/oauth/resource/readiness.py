"""Whether tokens can be verified at the moment; a problem is logged once and told to readiness checks."""

import logging

from attrs import define

from mcpbase.masking import masked

_log = logging.getLogger(__name__)


@define
class Trouble:
    """The problem; ``reason`` is None while there is none."""

    reason: str | None = None

    def tell(self, reason: str) -> None:
        """Log the problem, unless it is known already."""
        if self.reason is None:
            _log.warning("access tokens cannot be checked: %s", masked(reason))
        self.reason = reason

    def end(self) -> None:
        if self.reason is not None:
            _log.warning("access tokens can be checked again")
        self.reason = None
