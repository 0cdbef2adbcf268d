"""A run for display: numbered steps, chapters, status, failure, and the use of each secret."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from attrs import asdict, define, evolve, field, frozen

from ..diagnosis import DONE, SecretUse, Status, Step, explained, failure_in, status_of
from ..recording import AUTH, FAILED, MCP, OK, PENDING, PLACE, STOPPED, Chapter, Hop, Secret
from .chapters import about, in_short, title_of


@frozen
class View:
    """The part of a run to show: one chapter, failures only, or the steps with one secret (by its mark)."""

    chapter: Chapter | None = None
    failures: bool = False
    follow: str = ""


@frozen
class ChapterSummary:
    """Consecutive steps of one chapter: the number of the first, how many there are, and the worst outcome."""

    chapter: Chapter
    first: int
    steps: int
    outcome: str

    @property
    def title(self) -> str:
        return title_of(self.chapter)


@frozen
class SecretTrail:
    """All uses of one secret in a run: step numbers, each with the secret's role in the step."""

    mark: str
    label: str
    uses: tuple[tuple[int, str], ...]


@frozen
class Flow:
    """A run as it is shown. ``hosts`` are by party; ``total`` is the number of steps before a View left some out."""

    steps: tuple[Step, ...]
    chapters: tuple[ChapterSummary, ...]
    trails: tuple[SecretTrail, ...]
    status: Status
    failure: Step | None
    hosts: dict[str, str]
    milliseconds: int = 0
    total: int = 0
    summary: str = ""


@define
class Names:
    """Labels for the secrets of one run; equal labels are distinguished by numbers."""

    _by_mark: dict[str, str] = field(factory=dict)
    _taken: "Counter[str]" = field(factory=Counter)

    def __call__(self, secret: Secret) -> str:
        if secret.mark not in self._by_mark:
            self._taken[secret.label] += 1
            taken = self._taken[secret.label]
            self._by_mark[secret.mark] = f"{secret.label} {taken}" if taken > 1 else secret.label
        return self._by_mark[secret.mark]


def _texts(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _sides(hop: Hop) -> tuple[str, str]:
    """The texts of all that was sent and of all that was received, as JSON."""
    values = asdict(hop)
    out = _texts([values["url"], values["sent"], [(each["url"], each["request"]) for each in values["exchanges"]]])
    return out, _texts([values["received"], [each["response"] for each in values["exchanges"]]])


def _secrets(text: str) -> Iterator[Secret]:
    seen: set[str] = set()
    for found in PLACE.finditer(text):
        if found[2] not in seen:
            seen.add(found[2])
            yield Secret(found[1], found[2], int(found[3]))


def _uses_of_secrets(hop: Hop, names: Names, known: set[str]) -> tuple[SecretUse, ...]:
    out, back = _sides(hop)
    here: dict[str, SecretUse] = {}
    for text, fresh in ((out, "first sent"), (back, "issued")):
        for secret in _secrets(text):
            role = "used" if secret.mark in known else fresh
            here.setdefault(secret.mark, SecretUse(secret.mark, names(secret), role, secret.kind))
    known.update(here)
    return tuple(here.values())


def _label(hop: Hop) -> str:
    """The JSON-RPC method sent, or else the HTTP method with the path of the URL."""
    told = next((fact.value for fact in hop.sent if fact.name == "method"), "") if hop.target == MCP else ""
    if told:
        return told
    return f"{hop.method} {(urlsplit(hop.url).path or '/').replace('/.well-known/', '…/')}" if hop.url else ""


def _steps(hops: Sequence[Hop]) -> list[Step]:
    names, known = Names(), set[str]()
    steps: list[Step] = []
    for number, hop in enumerate(hops, 1):
        opens = hop.chapter if number == 1 or hops[number - 2].chapter != hop.chapter else None
        heading = title_of(opens) if opens else ""
        steps.append(
            Step(number, hop, _label(hop), opens, heading, about(opens), secrets=_uses_of_secrets(hop, names, known))
        )
    return [explained(step, steps) if step.failed else step for step in steps]


def _chapters(steps: Sequence[Step]) -> tuple[ChapterSummary, ...]:
    chapters: list[ChapterSummary] = []
    for step in steps:
        if step.opens or not chapters:
            chapters.append(ChapterSummary(step.hop.chapter, step.number, 0, OK))
        last = chapters[-1]
        worse = step.hop.outcome if step.hop.outcome in (FAILED, PENDING, STOPPED) else last.outcome
        chapters[-1] = evolve(last, steps=last.steps + 1, outcome=worse)
    return tuple(chapters)


def _trails(steps: Sequence[Step]) -> tuple[SecretTrail, ...]:
    ways: dict[str, SecretTrail] = {}
    for step in steps:
        for use in step.secrets:
            way = ways.get(use.mark, SecretTrail(use.mark, use.label, ()))
            ways[use.mark] = evolve(way, uses=(*way.uses, (step.number, use.role)))
    return tuple(ways.values())


def _hosts(hops: Sequence[Hop]) -> dict[str, str]:
    """The host of the authorization server and of the MCP server, as far as known, by party."""
    return {hop.target: urlsplit(hop.url).netloc for hop in hops if hop.url and hop.target in (AUTH, MCP)}


def _shown(step: Step, view: View) -> bool:
    return not (view.failures and not step.failed)


EVERYTHING = View()


def flow_of(hops: Sequence[Hop], view: View = EVERYTHING) -> Flow:
    """One run for display. Numbers, labels and the summary are those of the whole run, whatever ``view`` leaves out."""
    steps = _steps(hops)
    failure = failure_in(steps)
    if failure:
        steps[failure.number - 1] = failure
    chosen: list[Step] = []
    chapter: Chapter | None = None
    for step in steps:
        chapter = step.opens or chapter
        if _shown(step, view) and view.chapter in (None, chapter):
            faded = bool(view.follow) and view.follow not in {use.mark for use in step.secrets}
            chosen.append(evolve(step, faded=faded, opens=step.opens if not view.failures else None))
    whole = round((hops[-1].at - hops[0].at) * 1000) + (hops[-1].milliseconds or 0) if hops else 0
    status, hosts = status_of(hops), _hosts(hops)
    summary = in_short([hop.chapter for hop in hops], hosts) if status.state == DONE and not failure else ""
    return Flow(tuple(chosen), _chapters(steps), _trails(steps), status, failure, hosts, whole, len(steps), summary)
