"""Workload identity federation (SEP-1933): the platform of a program says which program it is, so the program needs no
secret.
"""

from collections.abc import Mapping
from typing import Protocol

from attrs import frozen

from ...sources import Sources
from ..keys import Assertion, InvalidAssertion, Issuers, Unavailable, require_audience, require_fresh, require_text
from ..protocol import Client, InvalidGrant, TemporarilyUnavailable


@frozen
class Workload:
    """A rule: programs that ``issuer`` calls ``subject`` may act as the client. A ``*`` at the end stands for
    any text.
    """

    issuer: str
    subject: str
    client_id: str

    def covers(self, subject: str) -> bool:
        return subject.startswith(self.subject[:-1]) if self.subject.endswith("*") else subject == self.subject


class WorkloadStore(Protocol):
    async def add_workload(self, workload: Workload) -> bool:
        """Add a rule; false when there is no such client, or the issuer's subject is another client's."""

    async def list_workloads(self, issuer: str) -> list[Workload]: ...


@frozen
class Workloads:
    """Checks assertions of platforms. ``issuer`` is this server's. An assertion may be used again until it expires:
    platforms issue one for an hour.
    """

    store: WorkloadStore
    issuers: Issuers
    issuer: str
    sources: Sources

    async def client_of(self, assertion: Assertion) -> str | None:
        """Return the id of the client that the assertion claims; ``require`` checks it."""
        workload = await self._find(assertion.claimed)
        return None if workload is None else workload.client_id

    async def require(self, client: Client, assertion: Assertion) -> None:
        """Require that the operator lets this program act as this client, and that its platform says that it is this
        program.

        RFC 7523 section 3. Nothing is fetched for an issuer that no client names. Raises InvalidGrant or
        TemporarilyUnavailable.
        """
        workload = await self._find(assertion.claimed)
        if workload is None or workload.client_id != client.id:
            raise InvalidGrant(
                "The assertion is of no program that may act as this client.",
                reason=f"no workload of client {client.id}",
            )
        try:
            claims = assertion.verified(await self.issuers.keys(workload.issuer, assertion))
            require_text(claims, "sub")
            require_audience(claims, self.issuer)
            require_fresh(claims, now=self.sources.now())
        except InvalidAssertion as error:
            raise InvalidGrant(str(error), reason=f"workload of client {client.id}: {error}") from error
        except Unavailable as error:
            raise TemporarilyUnavailable(
                "The program's platform cannot be reached at the moment: try again in a minute.", reason=str(error)
            ) from error

    async def _find(self, claims: Mapping[str, object]) -> Workload | None:
        """Return the most specific rule for the subject."""
        issuer, subject = claims.get("iss"), claims.get("sub")
        if not isinstance(issuer, str) or not isinstance(subject, str):
            return None
        covering = [workload for workload in await self.store.list_workloads(issuer) if workload.covers(subject)]
        return max(
            covering, key=lambda workload: (not workload.subject.endswith("*"), len(workload.subject)), default=None
        )
