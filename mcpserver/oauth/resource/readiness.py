"""Why tokens cannot be told good from bad at the moment: in the log once, and for whoever asks whether the service is ready."""

import logging

from attrs import define

from mcpbase.masking import masked

_log = logging.getLogger(__name__)


@define
class Trouble:
    """``reason`` is None while all is well."""

    reason: str | None = None

    def tell(self, reason: str) -> None:
        """Log what is wrong, unless it was wrong before."""
        if self.reason is None:
            _log.warning("access tokens cannot be checked: %s", masked(reason))
        self.reason = reason

    def end(self) -> None:
        if self.reason is not None:
            _log.warning("access tokens can be checked again")
        self.reason = None
