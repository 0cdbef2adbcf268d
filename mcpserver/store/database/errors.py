"""What can go wrong with a store, apart from bugs."""

from ...busy import Busy


class StoreError(Exception):
    """The store cannot be opened; the message is one sentence for the operator that names the place and the remedy."""


class StoreBusy(Busy):
    """The database is locked, full or closed for now; nothing of the change was kept."""


class StoreReplaced(StoreBusy):
    """The file under the running program is not the one it has opened: it takes nothing until an operator has looked at it."""


class UnstorableValue(ValueError):
    """A text that is no Unicode or contains NUL, or a number beyond 64 bits: no database can hold it."""
