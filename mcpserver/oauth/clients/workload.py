"""Workload identity federation (SEP-1933): a program's platform says which program it is, and so the program needs no secret of ours."""

from collections.abc import Mapping
from typing import Protocol

from attrs import frozen

from ...sources import Sources
from ..keys.assertion import Assertion, InvalidAssertion, require_audience, require_fresh, require_text
from ..keys.http_cache import Unavailable
from ..keys.issuers import Issuers
from ..protocol.errors import InvalidGrant, TemporarilyUnavailable
from ..protocol.models import Client


@frozen
class Workload:
    """Programs that ``issuer`` calls ``subject`` may act as the client. A ``*`` at the end stands for anything that follows."""

    issuer: str
    subject: str
    client_id: str

    def covers(self, subject: str) -> bool:
        return subject.startswith(self.subject[:-1]) if self.subject.endswith("*") else subject == self.subject


class WorkloadStore(Protocol):
    async def add_workload(self, workload: Workload) -> bool:
        """False when there is no such client, or the issuer's subject is another client's."""

    async def list_workloads(self, issuer: str) -> list[Workload]: ...


@frozen
class Workloads:
    """``issuer`` is ours; an assertion may be shown again until it expires, because platforms hand out one for an hour."""

    store: WorkloadStore
    issuers: Issuers
    issuer: str
    sources: Sources

    async def client_of(self, assertion: Assertion) -> str | None:
        """The id of the client that the assertion says it may act as; that it is true, ``require`` finds out."""
        workload = await self._find(assertion.claimed)
        return None if workload is None else workload.client_id

    async def require(self, client: Client, assertion: Assertion) -> None:
        """The operator lets this program act as this client, and its platform says that it is this program.

        RFC 7523 section 3. Nothing is fetched for an issuer that no client names. Raises InvalidGrant or TemporarilyUnavailable.
        """
        workload = await self._find(assertion.claimed)
        if workload is None or workload.client_id != client.id:
            raise InvalidGrant("The assertion is of no program that may act as this client.", reason=f"no workload of client {client.id}")
        try:
            claims = assertion.verified(await self.issuers.keys(workload.issuer, assertion))
            require_text(claims, "sub")
            require_audience(claims, self.issuer)
            require_fresh(claims, now=self.sources.now())
        except InvalidAssertion as error:
            raise InvalidGrant(str(error), reason=f"workload of client {client.id}: {error}") from error
        except Unavailable as error:
            raise TemporarilyUnavailable("The program's platform cannot be reached at the moment: try again in a minute.", reason=str(error)) from error

    async def _find(self, claims: Mapping[str, object]) -> Workload | None:
        """The rule that says the most about the subject."""
        issuer, subject = claims.get("iss"), claims.get("sub")
        if not isinstance(issuer, str) or not isinstance(subject, str):
            return None
        covering = [workload for workload in await self.store.list_workloads(issuer) if workload.covers(subject)]
        return max(covering, key=lambda workload: (not workload.subject.endswith("*"), len(workload.subject)), default=None)
