"""The sequence diagram of a flow for terminals: four lifelines if the terminal is wide enough, else plain text."""

import click

from ..trace.diagnosis import Step
from ..trace.display import Flow
from ..trace.recording import AUTH, CLIENT, FAILED, INFO, MCP, STOPPED, YOU
from .terminal import line, wrapped

PARTIES = (YOU, CLIENT, AUTH, MCP)
NAMES = {YOU: "You", CLIENT: "This client", AUTH: "Authorization server", MCP: "MCP server"}
COLOURS = {YOU: "yellow", CLIENT: "blue", AUTH: "magenta", MCP: "cyan"}
ROOM = 76
"""The columns that four lifelines need."""


class Canvas:
    """Draws rows of lifelines with arrows between them. ``wide`` is whether the columns suffice for that."""

    def __init__(self, columns: int) -> None:
        self.wide = columns >= ROOM
        self._columns = columns
        self._at = {party: columns // 8 + index * columns // 4 for index, party in enumerate(PARTIES)}

    def heads(self) -> str:
        cells = [list(" " * self._columns)]
        for party in PARTIES:
            start = self._at[party] - len(NAMES[party]) // 2
            cells[0][max(0, start) : max(0, start) + len(NAMES[party])] = list(NAMES[party])
        return click.style("".join(cells[0]).rstrip(), bold=True)

    def _lifelines(self) -> list[str]:
        row = list(" " * self._columns)
        for party in PARTIES:
            row[self._at[party]] = click.style("│", fg=COLOURS[party])
        return row

    def arrow(self, source: str, target: str, label: str, *, dashed: bool, colour: str) -> str:
        """A row with an arrow from one lifeline to another, labelled as far as the label fits."""
        row, begin, end = self._lifelines(), *sorted((self._at[source], self._at[target]))
        inside = end - begin - 1
        words = f" {label if len(label) <= inside - 4 else label[: inside - 5] + '…'} " if label else ""
        stroke = list(words.center(inside, "╌" if dashed else "─"))
        stroke[-1 if self._at[target] == end else 0] = "▶" if self._at[target] == end else "◀"
        row[begin + 1 : end] = [click.style("".join(stroke), fg=colour)]
        return "".join(row).rstrip()

    def loop(self, party: str) -> str:
        row, at = self._lifelines(), self._at[party]
        row[at + 1 : at + 4] = [click.style("──╮", fg=COLOURS[party])]
        return "".join(row).rstrip()


def step_lines(step: Step, canvas: Canvas, columns: int) -> list[str]:
    """The lines of a step: its arrows if the canvas is wide, then its title, outcome and checks."""
    hop = step.hop
    lines = _arrows(step, canvas) if canvas.wide else []
    if step.opens:
        lines = [
            "",
            click.style(step.heading, bold=True, underline=True),
            *([wrapped(step.about, "", columns)] if step.about else []),
            *lines,
        ]
    title = f"{step.number:>3}  {line(hop.title)}"
    outcome = f"  {hop.status}" if hop.status is not None and step.shape == "across" else ""
    time = f"  {hop.milliseconds} ms" if hop.milliseconds is not None and hop.url else ""
    route = "" if canvas.wide else f"  ({NAMES[hop.source]} → {NAMES[hop.target]})"
    lines.append(click.style(title, bold=True) + click.style(f"{route}{outcome}{time}", fg=_colour(hop.outcome)))
    if hop.told:
        lines.append(click.style(wrapped(hop.told, "     ", columns), fg="red" if hop.outcome == FAILED else None))
    lines += [_check(check.sentence, check.rule, columns, held=check.held) for check in hop.checks]
    if step.secrets:
        lines.append(wrapped(", ".join(f"[{each.label}] {each.role} here" for each in step.secrets), "     ", columns))
    return lines


def _check(sentence: str, rule: str, columns: int, *, held: bool) -> str:
    text = wrapped(f"{'✓' if held else '✗'} {sentence} ({rule})", "       ", columns)
    return click.style(text.replace("  ✓", "✓", 1).replace("  ✗", "✗", 1), fg="green" if held else "red")


def _colour(outcome: str) -> str | None:
    return {FAILED: "red", INFO: None, STOPPED: "yellow"}.get(outcome, "green")


def _arrows(step: Step, canvas: Canvas) -> list[str]:
    hop = step.hop
    bad = hop.outcome == FAILED
    if step.shape == "within":
        return [canvas.loop(hop.source)]
    there = canvas.arrow(
        hop.source, hop.target, line(step.label), dashed=False, colour="red" if bad else COLOURS[hop.source]
    )
    if step.shape == "away":
        return [there]
    return [
        there,
        canvas.arrow(
            hop.target,
            hop.source,
            f"✗ {step.answer}" if bad else step.answer,
            dashed=True,
            colour="red" if bad else COLOURS[hop.target],
        ),
    ]


def ending(flow: Flow, columns: int) -> list[str]:
    """The lines that end the trace: the status of the flow, and for a failure its cause and what to do."""
    state = {"failed": "red", "done": "green"}.get(flow.status.state, "yellow")
    lines = [
        "",
        click.style(
            wrapped(f"{flow.status.state.capitalize()}: {flow.status.sentence}", "", columns), bold=True, fg=state
        ),
    ]
    lines += [wrapped(flow.status.hint, "", columns)] if flow.status.hint else []
    lines += [wrapped(f"In short: {flow.summary}", "", columns)] if flow.summary else []
    cause = flow.failure.cause if flow.failure else None
    if flow.failure and cause:
        lines += ["", click.style(f"{cause.title} (step {flow.failure.number})", bold=True)]
        lines += [wrapped(f"It says: {flow.failure.quoted}", "  ", columns)] if flow.failure.quoted else []
        lines += [wrapped(each, "  ", columns) for each in (cause.why, flow.failure.evidence) if each]
        lines.append(wrapped(f"What the server's owner can do: {cause.change}", "  ", columns))
        lines += [wrapped(f"What you can do: {cause.you}", "  ", columns)] if cause.you else []
        lines += [f"  {cause.rule}"] if cause.rule else []
    return lines
