"""A server whose tools take and give dates, times, durations and numbers of every kind of class."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

import pydantic
from msgspec import Meta

from mcpserver import MCPServer

server = MCPServer("Diary")


@dataclass
class Entry:
    at: dt.datetime
    clock: dt.time
    lasts: dt.timedelta
    on: dt.date
    price: Decimal = Decimal("1.10")
    below: "list[Entry] | None" = None


class ModelEntry(pydantic.BaseModel):
    at: dt.datetime
    clock: dt.time
    lasts: dt.timedelta
    on: dt.date
    price: Decimal = Decimal("1.10")


DAY = dt.date(2026, 7, 28)
PLAIN = (dt.datetime(2026, 7, 28, 10), dt.time(10), dt.timedelta(seconds=0.5), DAY)
FAR = (
    dt.datetime(2026, 7, 28, 10, tzinfo=dt.timezone(dt.timedelta(minutes=19, seconds=32))),
    dt.time(10, tzinfo=dt.UTC),
    dt.timedelta(seconds=-1),
    DAY,
)


@server.tool
async def entry() -> Entry:
    """Without offsets, and with a fraction."""
    return Entry(*PLAIN, below=[Entry(*FAR)])


@server.tool
async def model() -> ModelEntry:
    """The same of pydantic."""
    return ModelEntry(at=PLAIN[0], clock=PLAIN[1], lasts=PLAIN[2], on=DAY)


@server.tool
async def far() -> ModelEntry:
    """With offsets, and before now."""
    return ModelEntry(at=dt.datetime(2026, 7, 28, 10, tzinfo=dt.UTC), clock=FAR[1], lasts=FAR[2], on=DAY)


@server.tool
async def promised() -> Annotated[dt.datetime, Meta(tz=True)]:
    """Always with an offset."""
    return FAR[0]


@server.tool
async def keep(at: dt.datetime, lasts: dt.timedelta, clock: dt.time = PLAIN[1], price: Decimal = Decimal(1)) -> Entry:
    """What was sent."""
    return Entry(at, clock, lasts, DAY, price)
