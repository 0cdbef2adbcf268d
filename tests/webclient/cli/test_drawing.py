"""The diagram in characters, by value; and colours, for terminals that want them."""

import click
import pytest
from attrs import evolve
from click.testing import CliRunner

from webclient.cli import terminal
from webclient.cli.drawing import Canvas, step_lines
from webclient.cli.server import default_tokens
from webclient.trace import Chapter
from webclient.trace.display.flow import flow_of
from webclient.trace.recording.hops import AUTH, CLIENT, MCP, YOU, Fact, Hop


def drawn(source: str, target: str, **more: object) -> list[str]:
    hop = Hop(at=0, source=source, target=target, chapter=Chapter.OTHER, title="t", **more)  # type: ignore[arg-type]
    step = evolve(flow_of([hop]).steps[0], opens=None)
    return [click.unstyle(line) for line in step_lines(step, Canvas(80), 80)]


def test_arrows_go_both_ways() -> None:
    there, back, *_ = drawn(CLIENT, MCP, method="GET", url="https://a.example/x", status=200)
    assert " GET /x " in there
    assert there.endswith("▶│")
    assert there.index("│──") == back.index("│◀")
    assert " 200 " in back


def test_answer_from_the_server_to_the_person_runs_to_the_left() -> None:
    there, *_ = drawn(MCP, YOU, sent=(Fact("method", "x"),))
    assert there.index("◀") < there.index("─")


def test_self_talk_is_a_loop() -> None:
    assert "──╮" in drawn(CLIENT, CLIENT)[0]


def test_label_that_does_not_fit_is_shortened() -> None:
    there, *_ = drawn(CLIENT, AUTH, method="GET", url="https://a.example/a/very/long/path/indeed")
    assert "… " in there
    assert len(there) <= 80


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)]
)
def test_no_color_is_respected(environment: dict[str, str], coloured: bool) -> None:
    """no-color.org: present and not empty."""

    @click.command()
    def speak() -> None:
        terminal.say(click.style("x", fg="red"))

    output = CliRunner().invoke(speak, color=True, env={"NO_COLOR": "", **environment}).output
    assert ("\x1b" in output) == coloured


def test_tokens_lie_in_the_data_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """XDG Base Directory Specification."""
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert str(default_tokens()) == "/data/webclient/tokens.json"
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert default_tokens().name == "tokens.json"
