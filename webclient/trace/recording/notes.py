"""The notes of one hop in progress, masked as they are taken."""

import asyncio
import json
from collections.abc import Iterable, Mapping

from attrs import asdict, define, evolve, field

from ...cause_code import CauseCode
from ...errors import FlowError
from ...json_text import json_text
from .exchanges import Recording, Writer
from .hops import FAILED, INFO, OK, STOPPED, Check, Fact, Hop
from .masking import Masker, readable
from .secrets import EVERYWHERE, OAUTH, is_secret

LONGEST_VALUE, LONGEST_LINE = 4000, 100
MOST_EXCHANGES = 8
WAS_STOPPED = "This was stopped before it was finished."
OWN_FAULT = "An error occurred in this client. It is not the server's fault."


@define
class Notes:
    """A hop in progress: what was sent, what was received, and which rules held."""

    _masker: Masker = field(factory=lambda: Masker(b""), repr=False)
    _names: frozenset[str] = field(default=EVERYWHERE, repr=False)
    meaning: str = ""
    status: int | None = None
    outcome: str = OK
    cause: CauseCode | None = None
    fallback: str = ""
    sent: tuple[Fact, ...] = ()
    received: tuple[Fact, ...] = ()
    checks: list[Check] = field(factory=list)
    recordings: list[Recording] = field(factory=list, repr=False)

    def sends(self, parameters: Mapping[str, object]) -> None:
        self.sent += self._facts(parameters)

    def receives(self, parameters: Mapping[str, object]) -> None:
        self.received += self._facts(parameters)

    def _facts(self, parameters: Mapping[str, object]) -> tuple[Fact, ...]:
        return tuple(self._fact(name, value) for name, value in parameters.items() if value is not None)

    def _fact(self, name: str, value: object) -> Fact:
        text = (
            self._masker.named(name, value, self._names)
            if isinstance(value, str)
            else _written(self._masker.member(name, value, self._names))
        )
        return Fact(
            name,
            text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE].rpartition(" ")[0] + " … (cut here)",
            is_secret(name, self._names),
        )

    def masked(self, text: str) -> str:
        """Text from others with its secrets masked, for use in a sentence."""
        return readable(self._masker.text(text))

    def require(self, held: bool, sentence: str, rule: str, refusal: FlowError) -> None:
        """Record a rule; raises ``refusal`` when it does not hold."""
        self.checks.append(Check(sentence, rule, held))
        if not held:
            raise refusal

    def exchange(
        self, at: float, method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes | None
    ) -> Recording:
        """Start recording an HTTP exchange, ``at`` in epoch seconds. A hop keeps the first MOST_EXCHANGES."""
        recording = Recording.start(
            Writer(self._masker, oauth=self._names is OAUTH), at, method, url, headers=headers, body=body
        )
        if len(self.recordings) < MOST_EXCHANGES:
            self.recordings.append(recording)
        return recording

    def end_with(self, error: BaseException) -> None:
        """Note the error that ends the hop. Secrets in the sentence of a FlowError are masked, in the error as well."""
        if isinstance(error, FlowError):
            error.args = (self.masked(str(error)),)
            self.outcome, self.cause, self.fallback = error.outcome, error.cause, error.fallback
            if error.outcome != INFO or not self.meaning:
                self.meaning = str(error)
        elif isinstance(error, asyncio.CancelledError | GeneratorExit):
            self.outcome, self.meaning = STOPPED, WAS_STOPPED
        else:
            self.outcome, self.cause, self.meaning = FAILED, CauseCode.OWN_FAULT, OWN_FAULT

    def put_into(self, hop: Hop) -> Hop:
        """The hop with everything noted so far."""
        exchanges = tuple(recording.frozen() for recording in self.recordings)
        noted = evolve(
            hop,
            status=self.status,
            outcome=self.outcome,
            cause=self.cause,
            fallback=self.fallback,
            meaning=self.masked(self.meaning),
            sent=self.sent,
            received=self.received,
            checks=tuple(self.checks),
            exchanges=exchanges,
        )
        return evolve(noted, tokens=self._masker.decoded(json.dumps(asdict(noted), ensure_ascii=False)))


def _written(value: object) -> str:
    """JSON on one line when it is short, indented otherwise."""
    short = json_text(value)
    return short if len(short) <= LONGEST_LINE else json_text(value, indent=2)
