"""Which scenarios the suite has for servers, and the starts of it that run them all."""

from collections.abc import Mapping, Sequence

from attrs import frozen

MODERN = "2026-07-28"
FORMER = "2025-11-25"
EARLIER = "2025-06-18"
OLDEST = "2025-03-26"
EXTENSIONS = "extensions"
"""The suite puts what extends the protocol on no revision; it runs at the newest."""

_EVER = (EARLIER, FORMER, MODERN)
_BEFORE = (EARLIER, FORMER)
_SINCE = (FORMER, MODERN)

REVISIONS: Mapping[str, Sequence[str]] = {
    "server-initialize": _BEFORE,
    "server-session-lifecycle": (OLDEST, *_BEFORE),
    "server-stateless": (MODERN,),
    "logging-set-level": _BEFORE,
    "ping": _BEFORE,
    "completion-complete": _EVER,
    "tools-list": _EVER,
    "tools-call-simple-text": _EVER,
    "tools-call-image": _EVER,
    "tools-call-audio": _EVER,
    "tools-call-embedded-resource": _EVER,
    "tools-call-mixed-content": _EVER,
    "tools-call-with-logging": _BEFORE,
    "tools-call-error": _EVER,
    "tools-call-with-progress": _EVER,
    "tools-call-sampling": _BEFORE,
    "tools-call-elicitation": _BEFORE,
    "json-schema-2020-12": _SINCE,
    "elicitation-sep1034-defaults": (FORMER,),
    "server-sse-polling": (FORMER,),
    "server-sse-multiple-streams": _SINCE,
    "elicitation-sep1330-enums": (FORMER,),
    "resources-list": _EVER,
    "resources-read-text": _EVER,
    "resources-read-binary": _EVER,
    "resources-templates-read": _EVER,
    "resources-subscribe": _BEFORE,
    "resources-unsubscribe": _BEFORE,
    "sep-2164-resource-not-found": (MODERN,),
    "sep-2640-skills-directory": (EXTENSIONS,),
    "sep-2640-skills-enumeration": (EXTENSIONS,),
    "sep-2640-skills-manifest": (EXTENSIONS,),
    "prompts-list": _EVER,
    "prompts-get-simple": _EVER,
    "prompts-get-with-args": _EVER,
    "prompts-get-embedded-resource": _EVER,
    "prompts-get-with-image": _EVER,
    "dns-rebinding-protection": _SINCE,
    "caching": (MODERN,),
    "http-header-validation": (MODERN,),
    "http-custom-header-server-validation": (MODERN,),
    "tasks-lifecycle": (EXTENSIONS,),
    "tasks-capability-negotiation": (EXTENSIONS,),
    "tasks-wire-fields": (EXTENSIONS,),
    "tasks-request-state-removal": (EXTENSIONS,),
    "tasks-mrtr-input": (EXTENSIONS,),
    "tasks-request-headers": (EXTENSIONS,),
    "tasks-dispatch-and-envelope": (EXTENSIONS,),
    "tasks-status-notifications": (EXTENSIONS,),
    "tasks-required-task-error": (EXTENSIONS,),
    "tasks-mrtr-composition": (EXTENSIONS,),
    "input-required-result-basic-elicitation": (MODERN,),
    "input-required-result-basic-sampling": (MODERN,),
    "input-required-result-basic-list-roots": (MODERN,),
    "input-required-result-request-state": (MODERN,),
    "input-required-result-multiple-input-requests": (MODERN,),
    "input-required-result-multi-round": (MODERN,),
    "input-required-result-missing-input-response": (MODERN,),
    "input-required-result-non-tool-request": (MODERN,),
    "input-required-result-result-type": (MODERN,),
    "input-required-result-unsupported-methods": (MODERN,),
    "input-required-result-tampered-state": (MODERN,),
    "input-required-result-capability-check": (MODERN,),
    "input-required-result-ignore-extra-params": (MODERN,),
    "input-required-result-validate-input": (MODERN,),
}
"""Scenario -> the revisions it is run at, in the suite's order."""


def _at(revision: str) -> tuple[str, ...]:
    return tuple(name for name, revisions in REVISIONS.items() if revision in revisions)


@frozen
class Run:
    """One start of the suite: its arguments, and the scenarios it must report on."""

    name: str
    arguments: Sequence[str]
    scenarios: Sequence[str]


RUNS = (
    # The requirements of 2026-07-28 know of tasks; skills are younger.
    Run(
        f"required-{MODERN}",
        ("--requirements", MODERN),
        (*_at(MODERN), *(name for name in _at(EXTENSIONS) if name.startswith("tasks-"))),
    ),
    Run(f"required-{FORMER}", ("--requirements", FORMER), _at(FORMER)),
    Run(f"all-{EARLIER}", ("--suite", "all", "--spec-version", EARLIER), _at(EARLIER)),
    Run(f"all-{OLDEST}", ("--suite", "all", "--spec-version", OLDEST), _at(OLDEST)),
    # Without a revision each scenario runs at one that it is for: nothing that the suite has is left out.
    Run("all", ("--suite", "all"), tuple(REVISIONS)),
)

SKIPPED = {"tasks-status-notifications"}
"""What the suite skips whoever it judges (docs/conformance.md)."""


def parse_listing(listing: str) -> dict[str, tuple[str, ...]]:
    """Scenario -> revisions, from what ``conformance list --server`` prints."""
    lines = [
        line.removeprefix("  - ").removesuffix("]").partition(" [")
        for line in listing.splitlines()
        if line.startswith("  - ")
    ]
    return {name: tuple(revisions.replace("extension", EXTENSIONS).split(",")) for name, _, revisions in lines}
