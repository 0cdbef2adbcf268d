"""What the processes of one service tell each other of sessions, so that a load balancer may send each request of a
session to another process (2025-11-25, transports: session management).
"""

import json
from collections.abc import Collection

from attrs import frozen

from ...mcp.legacy import Sessions, SharedQuestions, digest_of
from ...processes import Event, ProcessEvents
from .session_runtimes import SessionRuntimes

ENDED, CHANGED, CANCELLED, ANSWERED = "session ended", "session changed", "request cancelled", "question answered"


@frozen
class OtherProcesses:
    """Connects the sessions, runtimes and questions of this process with those of the others."""

    events: ProcessEvents
    sessions: Sessions
    runtimes: SessionRuntimes
    questions: SharedQuestions

    def connect(self) -> None:
        """Publish what happens here, and hear what happens elsewhere."""
        self.sessions.is_alone = lambda: self.events.is_alone
        self.sessions.on_ended = lambda digest: self.events.publish(ENDED, digest.hex())
        self.sessions.on_changed = lambda digest: self.events.publish(CHANGED, digest.hex())
        self.sessions.on_trimmed = self._trimmed
        self.events.on(ENDED, self._hear_end)
        self.events.on(CHANGED, self._hear_change)
        self.events.on(CANCELLED, self._hear_cancellation)
        self.events.on(ANSWERED, self._hear_answer)
        self.events.on_missed(self.sessions.refresh_all)
        self.events.on_missed(self.questions.hear_all)
        self.events.on_missed(self._look_for_ended)
        self.events.on_turn(self.questions.hear_all)

    def pass_on_cancellation(self, session_id: str, request_id: object) -> None:
        """Tell the others that a client has cancelled a request, which does not run here."""
        if isinstance(request_id, str | int) and len(str(request_id)) <= LONGEST_ID:
            self.events.publish(CANCELLED, digest_of(session_id).hex(), json.dumps(request_id))

    def _trimmed(self, digests: Collection[bytes]) -> None:
        self.runtimes.close_ended(digests)
        for digest in digests:
            self.events.publish(ENDED, digest.hex())

    def _hear_end(self, event: Event, times: int) -> None:
        digest = bytes.fromhex(event[1])
        self.sessions.forget(digest)
        self.runtimes.close_ended([digest])

    async def _look_for_ended(self) -> None:
        """End the requests of sessions that ended unheard."""
        for digest in self.runtimes.digests():
            if not await self.sessions.is_stored(digest):
                self.runtimes.close_ended([digest])

    async def _hear_change(self, event: Event, times: int) -> None:
        await self.sessions.refresh(bytes.fromhex(event[1]))

    def _hear_cancellation(self, event: Event, times: int) -> None:
        runtime = self.runtimes.find_by_digest(bytes.fromhex(event[1]))
        if runtime is not None:
            runtime.cancel(json.loads(event[2]))

    async def _hear_answer(self, event: Event, times: int) -> None:
        await self.questions.hear(bytes.fromhex(event[1]))


LONGEST_ID = 200
"""Characters of a request's id that is passed on."""
