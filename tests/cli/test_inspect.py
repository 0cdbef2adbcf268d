"""``mcpserver inspect``: what would be listed."""

import json

from tests.cli.noisy import server

from .conftest import Run

PAGE = """\
Noisy 1.0

Tool    Parameters                                           Scope
say     kind?: loud|low, number?: integer|null, more?: object|null  notes:write
linger  -                                                    public

Resource    Type        Scope
note://all  text/plain  - (some people only)

Template         Type  Scope
note://{number}  -     notes:read

Prompt  Arguments     Scope
review  code, style?  -
"""


def test_table_has_everything_with_parameters_and_scopes(run: Run) -> None:
    shown = run("inspect", "tests.cli.noisy:server").stdout
    assert [line.split() for line in shown.splitlines()] == [line.split() for line in PAGE.splitlines()]


def test_server_without_anything_says_so(run: Run) -> None:
    assert run("inspect", "tests.cli.noisy:empty").stdout == "Empty 1.0\n\nIt offers nothing yet.\n"


async def test_json_is_what_the_lists_give(run: Run) -> None:
    """MCP 2026-07-28, server: tools, resources, prompts."""
    printed = json.loads(run("inspect", "tests.cli.noisy:server", "--json").stdout)
    async with server.test_client() as client:
        assert printed == {
            "tools": await client.list_tools(),
            "resources": await client.list_resources(),
            "resourceTemplates": await client.list_resource_templates(),
            "prompts": await client.list_prompts(),
        }


def test_application_is_opened_to_look_at_it(run: Run) -> None:
    shown = run("inspect", "tests.cli.shop:open_shop").stdout
    assert [line.split() for line in shown.splitlines()][2:] == [
        ["Tool", "Parameters", "Scope"],
        ["goods", "-", "shop:read"],
    ]
