"""Requests of devices (``oauth/protocol/stores.py`` is the contract)."""

# ruff: noqa: S608 - what the SQL is put together from are constants of this package, values never

from mcpbase.table import Table

from ...oauth.protocol import Client, DeviceRequest, DeviceStore, Grant, RefreshToken
from ..database import Statement, Tables, Values
from .oauth import GRANTS, add_grant, add_refresh_token

_WAITS = "decided_by IS NULL AND expires_at > :now"
_REQUESTS = Table("device_requests", DeviceRequest, renamed={"interval": "poll_interval"})


class DeviceTables(Tables, DeviceStore):
    async def add_device_request(self, request: DeviceRequest) -> bool:
        return await self._change(
            Statement(f"{_REQUESTS.insert} ON CONFLICT DO NOTHING", _REQUESTS.values(request), rows=1)
        )

    async def find_device_request(self, digest: bytes) -> tuple[DeviceRequest, Grant | None] | None:
        row = await self._database.fetch_one(
            f"SELECT {_REQUESTS.columns}, {GRANTS.columns} FROM device_requests"
            " LEFT JOIN grants ON grants.id = device_requests.grant_id WHERE device_requests.digest = :digest",
            digest=digest,
        )
        if row is None:
            return None
        request = _REQUESTS.read(row[: _REQUESTS.width])
        return request, None if request.grant_id is None else GRANTS.read(row[_REQUESTS.width :])

    async def find_device_request_by_user_code(self, user_code: bytes, *, now: int) -> DeviceRequest | None:
        row = await self._database.fetch_one(
            f"SELECT {_REQUESTS.columns} FROM device_requests WHERE user_code = :user_code AND {_WAITS}",
            user_code=user_code,
            now=now,
        )
        return _REQUESTS.read(row) if row else None

    async def poll_device_request(self, digest: bytes, *, grace: int, now: int) -> bool:
        # Later than now: the clock was set back, and the device cannot know.
        return await self._change(
            Statement(
                "UPDATE device_requests SET polled_at = :now WHERE digest = :digest"
                " AND (polled_at IS NULL OR polled_at > :now OR polled_at + poll_interval - :grace <= :now)",
                {"digest": digest, "grace": grace, "now": now},
                rows=1,
            )
        )

    async def slow_device_request(self, digest: bytes, *, seconds: int, now: int) -> None:
        await self._change(
            Statement(
                "UPDATE device_requests SET poll_interval = poll_interval + :seconds, polled_at = :now WHERE digest = "
                ":digest",
                {"digest": digest, "seconds": seconds, "now": now},
            )
        )

    async def allow_device_request(
        self, digest: bytes, grant: Grant, *, client: Client | None = None, now: int
    ) -> bool:
        return await self._change(
            *add_grant(grant, client),
            Statement(
                "UPDATE device_requests SET grant_id = :grant_id, decided_by = :user_id WHERE digest = :digest AND "
                f"{_WAITS}",
                {"digest": digest, "grant_id": grant.id, "user_id": grant.user_id, "now": now},
                rows=1,
            ),
        )

    async def deny_device_request(self, digest: bytes, *, user_id: str, now: int) -> bool:
        return await self._change(
            Statement(
                f"UPDATE device_requests SET decided_by = :user_id WHERE digest = :digest AND {_WAITS}",
                {"digest": digest, "user_id": user_id, "now": now},
                rows=1,
            )
        )

    async def spend_device_code(
        self, digest: bytes, *, refresh_token: RefreshToken | None, thumbprint: str | None = None, now: int
    ) -> bool:
        values: Values = {"digest": digest, "now": now}
        spend = Statement(
            "UPDATE device_requests SET spent_at = :now WHERE digest = :digest AND spent_at IS NULL AND expires_at > "
            ":now AND EXISTS"
            " (SELECT 1 FROM grants WHERE grants.id = device_requests.grant_id AND grants.revoked_at IS NULL AND "
            "grants.expires_at > :now)",
            values,
            rows=1,
        )
        keep = [add_refresh_token(refresh_token)] if refresh_token else []
        bind = Statement(
            "UPDATE grants SET thumbprint = :thumbprint WHERE id = (SELECT grant_id FROM device_requests WHERE digest "
            "= :digest)",
            {"digest": digest, "thumbprint": thumbprint},
        )
        return await self._change(spend, *keep, *([bind] if thumbprint is not None else []))
