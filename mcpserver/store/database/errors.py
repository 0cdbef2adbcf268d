"""Errors of a store, apart from bugs."""

from ...busy import Busy


class StoreError(Exception):
    """The store cannot be opened; the message is one sentence for the operator with the place and the remedy."""


class StoreBusy(Busy):
    """The database is locked, full or closed for now; nothing of the change was kept."""


class StoreUncertain(StoreBusy):
    """The connection was lost while a change was committed: it may or may not be kept."""

    is_uncertain = True


class StoreReplaced(StoreBusy):
    """The database file is not the one that was opened: nothing is written until an operator has looked at it."""


class UnstorableValue(ValueError):
    """Text that is not Unicode or contains NUL, or a number beyond 64 bits: no database can hold it."""
