"""A run as a person looks at it: numbered steps, chapters, where it stands, what failed and why, and the way of each secret."""

import json
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from attrs import asdict, define, evolve, field, frozen

from ..complaints import complaint, says_something
from . import entry, permissions, refusals
from .causes import CAUSES, Cause
from .chapters import about, in_short
from .diagnosis import cause_code
from .hops import AUTH, CLIENT, FAILED, MCP, OK, PENDING, STOPPED, Hop
from .masking import PLACE, Secret
from .said import said_in
from .standing import DONE, Standing, judged, standing_of, unanswered

TOKENS = frozenset({"token", "access_token"})


@frozen
class View:
    """What of a run is looked at: one chapter, failures only, one secret's way (its mark)."""

    chapter: str = ""
    failures: bool = False
    follow: str = ""


@frozen
class Mention:
    """A secret in a step. ``kind`` says what it is, ``role`` what happens to it there: first sent, issued or used."""

    mark: str
    label: str
    role: str
    kind: str = ""


@frozen
class Step:
    """A hop with its number in the run, from 1, and what is said about it. ``label`` stands on the arrow.

    Of a failure, ``said`` are the other side's own words, and ``evidence`` the values that do not fit.
    """

    number: int
    hop: Hop
    label: str
    opens: str = ""
    about: str = ""
    cause: Cause | None = None
    said: str = ""
    evidence: str = ""
    mentions: tuple[Mention, ...] = ()
    faded: bool = False

    @property
    def failed(self) -> bool:
        return self.hop.outcome == FAILED

    @property
    def answer(self) -> str:
        """What stands on the arrow back."""
        if self.hop.status is not None:
            return str(self.hop.status)
        return "answered" if self.hop.outcome == OK else "no answer"

    @property
    def shape(self) -> str:
        """across: an arrow there and one back; away: there only; within: inside one party."""
        if self.hop.source == self.hop.target:
            return "within"
        return "across" if self.hop.source == CLIENT else "away"


@frozen
class Chapter:
    """Consecutive steps with one heading."""

    name: str
    first: int
    steps: int
    outcome: str


@frozen
class Journey:
    """The way of one secret: in which steps it is."""

    mark: str
    label: str
    stops: tuple[tuple[int, str], ...]


@frozen
class Flow:
    steps: tuple[Step, ...]
    chapters: tuple[Chapter, ...]
    journeys: tuple[Journey, ...]
    standing: Standing
    failure: Step | None
    hosts: dict[str, str]
    milliseconds: int = 0
    total: int = 0
    story: str = ""


@define
class Names:
    """Labels for the secrets of one run: two of a kind that would be called the same get numbers."""

    _by_mark: dict[str, str] = field(factory=dict)

    def __call__(self, secret: Secret) -> str:
        if secret.mark not in self._by_mark:
            taken = sum(1 for label in self._by_mark.values() if label.startswith(secret.label))
            self._by_mark[secret.mark] = f"{secret.label} {taken + 1}" if taken else secret.label
        return self._by_mark[secret.mark]


def _texts(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _sides(hop: Hop) -> tuple[str, str]:
    """Everything that went out, and everything that came in."""
    values = asdict(hop)
    out = _texts([values["url"], values["sent"], [(each["url"], each["request"]) for each in values["exchanges"]]])
    return out, _texts([values["received"], [each["response"] for each in values["exchanges"]]])


def _secrets(text: str) -> Iterator[Secret]:
    seen: set[str] = set()
    for found in PLACE.finditer(text):
        if found[2] not in seen:
            seen.add(found[2])
            yield Secret(found[1], found[2], int(found[3]))


def _mentions(hop: Hop, names: Names, known: set[str]) -> tuple[Mention, ...]:
    out, back = _sides(hop)
    here: dict[str, Mention] = {}
    for text, fresh in ((out, "first sent"), (back, "issued")):
        for secret in _secrets(text):
            role = "used" if secret.mark in known else fresh
            here.setdefault(secret.mark, Mention(secret.mark, names(secret), role, secret.kind))
    known.update(here)
    return tuple(here.values())


def _label(hop: Hop) -> str:
    """The method of the message, or that of the request with the end of its path."""
    told = next((fact.value for fact in hop.sent if fact.name == "method"), "") if hop.target == MCP else ""
    if told:
        return told
    return f"{hop.method} {(urlsplit(hop.url).path or '/').replace('/.well-known/', '…/')}" if hop.url else ""


def _steps(hops: Sequence[Hop]) -> list[Step]:
    names, known = Names(), set[str]()
    steps: list[Step] = []
    for number, hop in enumerate(hops, 1):
        opens = hop.chapter if number == 1 or hops[number - 2].chapter != hop.chapter else ""
        steps.append(Step(number, hop, _label(hop), opens, about(opens), mentions=_mentions(hop, names, known)))
    return [_explained(step, steps) if step.failed else step for step in steps]


def _explained(step: Step, steps: Sequence[Step]) -> Step:
    hop, before = step.hop, [each.hop for each in steps[: step.number - 1]]
    code = unanswered(hop, before) or cause_code(hop)
    if code == "token_loop" and not _fresh(step, steps):
        code = "token_dropped"
    return evolve(step, cause=CAUSES.get(code), said=said_in(hop), evidence=_evidence(code, hop, steps))


def _evidence(code: str, hop: Hop, steps: Sequence[Step]) -> str:
    if code == "no_resource_metadata":
        return _challenged(steps)
    if code in (permissions.LOOP, permissions.NOT_GRANTED):
        return permissions.evidence(hop, [each.hop for each in steps])
    return refusals.evidence(code, refusals.token_in(hop), hop.url, hop.at) or entry.evidence(code, hop)


def _challenged(steps: Sequence[Step]) -> str:
    """With which words the server asked for a sign-in whose way could not be found."""
    asked = next((step.hop for step in reversed(steps) if step.hop.target == MCP and step.hop.status == 401), None)
    if asked is None:
        return ""
    told = next((fact.value for fact in asked.received if fact.name == "WWW-Authenticate"), "")
    shown = f"Its 401 says WWW-Authenticate: {told}" if told else "Its 401 has no WWW-Authenticate header."
    words = complaint(asked.answer.body, asked.answer.kind)
    return f"{shown} It says: {words}" if says_something(words) else shown


def _fresh(step: Step, steps: Sequence[Step]) -> bool:
    """Whether a token in it was issued in this very run."""
    issued = {mention.mark for each in steps[: step.number] for mention in each.mentions if mention.role == "issued"}
    return any(mention.mark in issued and mention.kind in TOKENS for mention in step.mentions)


def _chapters(steps: Sequence[Step]) -> tuple[Chapter, ...]:
    chapters: list[Chapter] = []
    for step in steps:
        if step.opens or not chapters:
            chapters.append(Chapter(step.opens, step.number, 0, OK))
        last = chapters[-1]
        worse = step.hop.outcome if step.hop.outcome in (FAILED, PENDING, STOPPED) else last.outcome
        chapters[-1] = evolve(last, steps=last.steps + 1, outcome=worse)
    return tuple(chapters)


def _journeys(steps: Sequence[Step]) -> tuple[Journey, ...]:
    ways: dict[str, Journey] = {}
    for step in steps:
        for mention in step.mentions:
            way = ways.get(mention.mark, Journey(mention.mark, mention.label, ()))
            ways[mention.mark] = evolve(way, stops=(*way.stops, (step.number, mention.role)))
    return tuple(ways.values())


def _failure(steps: Sequence[Step]) -> Step | None:
    """The step to look at first: the one that ended the flow when it failed or was refused, else the last that failed on the way."""
    if not steps:
        return None
    at, hop = judged([step.hop for step in steps])
    step = steps[at]
    if unanswered(hop, [each.hop for each in steps[:at]]) or hop is not step.hop:
        explained = _explained(evolve(step, hop=hop), steps)
        return evolve(explained, hop=evolve(hop, outcome=FAILED))
    return step if step.failed else next((step for step in reversed(steps) if step.failed and not step.hop.aside), None)


def _hosts(hops: Sequence[Hop]) -> dict[str, str]:
    """Who is who: the host of each party, as far as it is known."""
    return {hop.target: urlsplit(hop.url).netloc for hop in hops if hop.url and hop.target in (AUTH, MCP)}


def _shown(step: Step, view: View) -> bool:
    return not (view.failures and not step.failed)


EVERYTHING = View()


def flow_of(hops: Sequence[Hop], view: View = EVERYTHING) -> Flow:
    """One run. Numbers, labels and the summary are those of the whole run, whatever ``view`` leaves out."""
    steps = _steps(hops)
    failure = _failure(steps)
    if failure:
        steps[failure.number - 1] = failure
    chosen: list[Step] = []
    chapter = ""
    for step in steps:
        chapter = step.opens or chapter
        if _shown(step, view) and view.chapter in ("", chapter):
            faded = bool(view.follow) and view.follow not in {mention.mark for mention in step.mentions}
            chosen.append(evolve(step, faded=faded, opens=step.opens if not view.failures else ""))
    whole = round((hops[-1].at - hops[0].at) * 1000) + (hops[-1].milliseconds or 0) if hops else 0
    standing, hosts = standing_of(hops), _hosts(hops)
    story = in_short([hop.chapter for hop in hops], hosts) if standing.state == DONE and not failure else ""
    return Flow(tuple(chosen), _chapters(steps), _journeys(steps), standing, failure, hosts, whole, len(steps), story)
