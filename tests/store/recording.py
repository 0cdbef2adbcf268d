"""A driver that remembers the statements that pass through it."""

from pathlib import Path

from attrs import define, field

from mcpserver.store.database import Database, Row, Statement, Value, Values


@define
class RecordingDatabase:
    """Satisfies ``Database`` by another one. ``statements`` has one of each text, with the values of its first use."""

    _database: Database
    statements: dict[str, Values] = field(factory=dict, init=False)

    def _record(self, sql: str, values: Values) -> None:
        self.statements.setdefault(sql, dict(values))

    async def fetch(self, sql: str, **values: Value) -> list[Row]:
        self._record(sql, values)
        return await self._database.fetch(sql, **values)

    async def scan(self, sql: str, **values: Value) -> list[Row]:
        self._record(sql, values)
        return await self._database.scan(sql, **values)

    async def fetch_one(self, sql: str, **values: Value) -> Row | None:
        self._record(sql, values)
        return await self._database.fetch_one(sql, **values)

    async def apply(self, *statements: Statement) -> list[list[Row]] | None:
        for statement in statements:
            self._record(statement.sql, statement.values)
        return await self._database.apply(*statements)

    async def has_table(self, name: str) -> bool:
        return await self._database.has_table(name)

    async def define(self, *statements: str) -> None:
        await self._database.define(*statements)

    def require_in_place(self) -> None:
        self._database.require_in_place()

    async def look_around(self) -> None:
        await self._database.look_around()

    async def changed(self, patience: float) -> None:
        await self._database.changed(patience)

    async def copy_to(self, path: Path) -> None:
        await self._database.copy_to(path)

    async def close(self) -> None:
        await self._database.close()
