"""A device that asks for access by a code (RFC 8628), and the person who types that code in somewhere else."""

import re
from typing import Any
from urllib.parse import urlencode

from attrs import define

from mcpserver.oauth.authorize.device_authorization import INTERVAL
from mcpserver.oauth.protocol.grant_types import DEVICE_CODE

from .asker import FORM, Answer, Asker
from .conftest import Clock


@define
class Device:
    """Asks with the credentials of ``asker``, and waits by moving the ``clock``.

    ``codes`` is the answer of the device authorization endpoint.
    """

    asker: Asker
    clock: Clock
    codes: dict[str, Any]

    @classmethod
    async def begin(cls, asker: Asker, clock: Clock, **form: Any) -> "Device":
        answer = await asker.token(path="/device_authorization", **form)
        assert answer.status == 200, answer.text
        return cls(asker, clock, answer.json)

    async def poll(self, **form: Any) -> Answer:
        return await self.asker.token(**{"grant_type": DEVICE_CODE, "device_code": self.codes["device_code"]} | form)

    async def wait_and_poll(self, **form: Any) -> Answer:
        self.clock.now += INTERVAL
        return await self.poll(**form)


async def enter(person: Asker, code: str, **headers: str) -> Answer:
    """Type a code in at the page; what comes is the consent page, or the field again."""
    page = await person.send("GET", "/device")
    form = {"csrf": page.field("csrf"), "user_code": code}
    return await person.send("POST", "/device", data=urlencode(form), headers={"Content-Type": FORM, **headers})


async def decide(
    person: Asker, page: Answer, *, decision: str = "allow", scopes: list[str] | None = None, **changes: str
) -> Answer:
    """Fill in the consent page: by default everything it offers is allowed."""
    offered = re.findall(r'name="scope" value="([^"]+)"', page.text)
    form = {"csrf": page.field("csrf"), "request": page.field("request"), "decision": decision} | changes
    ticked = [("scope", scope) for scope in (offered if scopes is None else scopes)]
    return await person.send(
        "POST", "/device/decision", data=urlencode([*form.items(), *ticked]), headers={"Content-Type": FORM}
    )
