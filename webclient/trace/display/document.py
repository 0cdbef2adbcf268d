"""A run as JSON, for other programs. docs/web-client.md describes the format, and ``version`` names it."""

from collections.abc import Sequence

from attrs import asdict

from ...json_text import JsonObject
from ..diagnosis import Step
from ..recording import DecodedToken, Exchange, Hop, Message, explain, readable
from .chapters import title_of
from .document_format import (
    CauseMember,
    ChapterMember,
    CheckMember,
    ClaimMember,
    ExchangeMember,
    MessageMember,
    NamedRule,
    RunMember,
    SecretMember,
    SecretStep,
    StepMember,
    TokenMember,
    TraceDocument,
)
from .flow import Flow, flow_of
from .har import instant
from .rules import read_at

FORMAT, VERSION = "webclient-trace", 1


def document(hops: Sequence[Hop]) -> TraceDocument:
    """The document with every run in ``hops``, in order."""
    runs: dict[int, list[Hop]] = {}
    for hop in hops:
        runs.setdefault(hop.run, []).append(hop)
    return {
        "format": FORMAT,
        "version": VERSION,
        "runs": [_run(number, flow_of(each)) for number, each in runs.items()],
    }


def _run(number: int, flow: Flow) -> RunMember:
    failure = flow.failure
    return {
        "number": number,
        "state": flow.status.state,
        "sentence": readable(flow.status.sentence),
        "story": flow.summary,
        "milliseconds": flow.milliseconds,
        "hosts": flow.hosts,
        "failed_step": failure.number if failure else None,
        "chapters": [
            ChapterMember(name=each.title, first=each.first, steps=each.steps, outcome=each.outcome)
            for each in flow.chapters
        ],
        "secrets": [
            SecretMember(label=trail.label, steps=[SecretStep(step=step, role=role) for step, role in trail.uses])
            for trail in flow.trails
        ],
        "steps": [_step(step) for step in flow.steps],
    }


def _step(step: Step) -> StepMember:
    hop = step.hop
    return {
        "number": step.number,
        "at": instant(hop.at),
        "milliseconds": hop.milliseconds,
        "chapter": title_of(hop.chapter),
        "title": readable(hop.title),
        "source": hop.source,
        "target": hop.target,
        "method": hop.method,
        "url": readable(hop.url),
        "status": hop.status,
        "outcome": hop.outcome,
        "meaning": readable(hop.told),
        "rule": _rule(hop.rule),
        "cause": _cause(step),
        "said": readable(step.quoted),
        "evidence": readable(step.evidence),
        "checks": [
            CheckMember(sentence=check.sentence, held=check.held, rule=_rule(check.rule)) for check in hop.checks
        ],
        "sent": {fact.name: readable(fact.value) for fact in hop.sent},
        "received": {fact.name: readable(fact.value) for fact in hop.received},
        "tokens": [_token(step, mark, token) for mark, token in hop.tokens.items()],
        "exchanges": [_exchange(exchange) for exchange in hop.exchanges],
    }


def _rule(rule: str) -> NamedRule | None:
    return {"name": rule, "url": read_at(rule)} if rule else None


def _cause(step: Step) -> CauseMember | None:
    cause = step.cause
    if cause is None:
        return None
    return {
        "title": cause.title,
        "why": cause.why,
        "change": cause.change,
        "rule": _rule(cause.rule),
        "you": cause.you,
    }


def _token(step: Step, mark: str, token: DecodedToken) -> TokenMember:
    label = next((use.label for use in step.secrets if use.mark == mark), "token")
    return {"label": label, "header": _claims(token.header), "claims": _claims(token.claims)}


def _claims(members: JsonObject) -> list[ClaimMember]:
    return [
        ClaimMember(name=claim.name, value=readable(claim.value), meaning=claim.meaning) for claim in explain(members)
    ]


def _exchange(exchange: Exchange) -> ExchangeMember:
    return {
        "at": instant(exchange.at),
        "method": exchange.method,
        "url": readable(exchange.url),
        "request": _message(exchange.request),
        "status": exchange.status,
        "reason": readable(exchange.reason),
        "address": exchange.address,
        "response": _message(exchange.response) if exchange.response else None,
        "timing": asdict(exchange.timing),
        "problem": readable(exchange.problem),
    }


def _message(message: Message) -> MessageMember:
    return {
        "headers": [[readable(name), readable(value)] for name, value in message.headers],
        "body": readable(message.body),
        "kind": message.kind,
        "size": message.size,
        "cut": message.cut,
    }
