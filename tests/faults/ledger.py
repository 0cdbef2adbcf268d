"""What the service has acknowledged, and what must therefore be true after a fault."""

from attrs import Factory, define


@define
class Held:
    """A grant that a client holds: the code it came from and the last refresh token that was received."""

    code: str
    refresh_token: str
    access_token: str


@define
class Ledger:
    """Facts that were acknowledged. ``cut`` counts requests whose connection broke, ``refused`` answers with 503."""

    notes: dict[int, str] = Factory(dict)
    held: list[Held] = Factory(list)
    revoked: list[str] = Factory(list)
    acknowledged: int = 0
    cut: int = 0
    refused: int = 0
