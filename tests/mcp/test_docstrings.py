"""What authors say about parameters in their docstrings reaches the schema, and is not said twice."""

from collections.abc import Callable
from typing import Any

import pytest

from mcpserver import MCPServer
from mcpserver.mcp.types.docstrings import descriptions_of, summary_of


def documented(text: str | None) -> Callable[..., Any]:
    def function() -> None: ...

    function.__doc__ = text
    return function


GOOGLE = """Find notes.

    Looks at titles, too.

    Args:
        query: What to look for,
            in any case.
        limit (int, optional): At most so many.

        **options: Anything else: really.

    Returns:
        The notes.
    """

SPHINX = """Find notes.

    :param query: What to look for,
        in any case.
    :type query: str
    :param int limit: At most so many.
    :returns: The notes.
    """

NUMPY = """Find notes.

    Looks at titles, too.

    Parameters
    ----------
    query : str
        What to look for,
        in any case.
    limit, offset : int, optional
        At most so many.

    Other Parameters
    ----------------
    **options
        Anything else: really.

    Returns
    -------
    list of str
        The notes.
    """


def test_google_style() -> None:
    function = documented(GOOGLE)
    assert descriptions_of(function) == {
        "query": "What to look for, in any case.",
        "limit": "At most so many.",
        "options": "Anything else: really.",
    }
    assert summary_of(function) == "Find notes.\n\nLooks at titles, too.\n\nReturns:\n    The notes."


def test_sphinx_style() -> None:
    function = documented(SPHINX)
    assert descriptions_of(function) == {"query": "What to look for, in any case.", "limit": "At most so many."}
    assert summary_of(function) == "Find notes.\n\n:returns: The notes."


def test_numpy_style() -> None:
    function = documented(NUMPY)
    assert descriptions_of(function) == {
        "query": "What to look for, in any case.",
        "limit": "At most so many.",
        "offset": "At most so many.",
        "options": "Anything else: really.",
    }
    assert summary_of(function) == "Find notes.\n\nLooks at titles, too.\n\nReturns:\nlist of str\n    The notes."


def test_numpy_style_with_an_underline_of_another_length() -> None:
    function = documented("Do.\n\nParameters\n---\nquery : str\n    What to look for.")
    assert descriptions_of(function) == {"query": "What to look for."}
    assert summary_of(function) == "Do."


@pytest.mark.parametrize("style", [GOOGLE, SPHINX, NUMPY], ids=["google", "sphinx", "numpy"])
async def test_descriptions_stand_in_the_schema_and_not_in_the_tool(style: str) -> None:
    """MCP 2026-07-28, server: tools: the description is for the tool, each property has its own."""

    async def find(query: str, limit: int = 10) -> str:
        return query * limit

    find.__doc__ = style
    server = MCPServer("Docstrings")
    server.tool(find)
    async with server.test_client() as client:
        (tool,) = await client.list_tools()
    assert tool["inputSchema"]["properties"]["query"]["description"] == "What to look for, in any case."
    assert tool["inputSchema"]["properties"]["limit"]["description"] == "At most so many."
    assert "What to look for" not in tool["description"]
    assert "---" not in tool["description"]


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "One line.",
        "What follows is prose.\n\nArgs:\nnot indented: so no section.",
        "A section without entries.\n\nArgs:\n    (see the manual)",
        "Ends with a heading.\n\nArgs:",
        "A list.\n\nIts keys:\n    key: value",
        "A note: with a colon.",
        "A link.\n\nArgs:\n    see the manual: https://example.org",
        "A heading.\n\nOverview\n--------\nIt stays.",
        "Too many words.\n\n:param one two three four: Five.",
    ],
)
def test_what_is_no_parameter_section_stays_as_it_is(text: str | None) -> None:
    assert descriptions_of(documented(text)) == {}
    assert summary_of(documented(text)) == (text or "")


def test_name_without_a_text_has_an_empty_description() -> None:
    assert descriptions_of(documented("Do.\n\nArgs:\n    query:\n        On the next line.\n    limit:")) == {
        "query": "On the next line.",
        "limit": "",
    }


def test_text_around_the_parameters_stays_apart() -> None:
    """What stood before and what stood after do not run together, nor is there a hole."""
    assert summary_of(documented("Before.\n\n:param a: One.\n\nAfter.")) == "Before.\n\nAfter."


def test_what_was_read_cannot_be_changed_by_who_asked() -> None:
    function = documented(GOOGLE)
    descriptions_of(function).clear()
    assert len(descriptions_of(function)) == 3
