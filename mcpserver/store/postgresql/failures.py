"""Which errors of PostgreSQL and of the way to it pass by themselves."""

import asyncpg

ABORTED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.TooManyConnectionsError)
"""The server has undone the transaction because of another one, or had no room for it: it can be tried again."""

_PASSING = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.TransactionRollbackError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.TargetServerAttributeNotMatched,
)
_LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.ReadOnlySQLTransactionError,
)


def is_passing(error: BaseException) -> bool:
    """True for what ends by itself or by the operator: no connection, a lock, a full disk, a server that restarts."""
    return isinstance(error, _PASSING)


def is_lost(error: BaseException) -> bool:
    """True where the connection is gone, or leads to a server that is not the primary any more."""
    return isinstance(error, _LOST) and not isinstance(error, TimeoutError)
