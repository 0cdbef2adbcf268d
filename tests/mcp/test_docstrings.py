"""What authors say about parameters in their docstrings reaches the schema, and is not said twice."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        "A field without a name.\n\n:param : Five.",
        "A field without a colon.\n\n:param five",
        "No name.\n\n:param one two three-four: Five.",
        "The first line is no entry.\n\nArgs:\n    (see below)\n    query: What to look for.",
        "The first line is a number.\n\nArgs:\n    1: What to look for.",
        "Nothing but a heading.\n\nArgs:\n\nText.",
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


@pytest.mark.parametrize(
    ("text", "description"),
    [
        (":param x: first\n    :class:`Foo` second", "first :class:`Foo` second"),
        (":param x: one of\n    :a: first\n    :b: second", "one of :a: first :b: second"),
        (":param x: foo\n    : :bar", "foo : :bar"),
        (":param x:\n    :param y: no field", ":param y: no field"),
    ],
)
def test_line_of_a_sphinx_field_may_begin_with_a_colon(text: str, description: str) -> None:
    assert descriptions_of(documented(f"Do.\n\n{text}\n:returns: It.")) == {"x": description}
    assert summary_of(documented(f"Do.\n\n{text}\n:returns: It.")) == "Do.\n\n:returns: It."


@pytest.mark.parametrize("kind", ["dict[str, int]", "int or None", "Optional[dict[str, Any]]", "int\n   ", "one two"])
def test_sphinx_type_may_have_spaces(kind: str) -> None:
    function = documented(f"Do.\n\n:param {kind} x: What: it is.\n:type x: {kind}")
    assert descriptions_of(function) == {"x": "What: it is."}
    assert summary_of(function) == "Do."


@pytest.mark.parametrize(
    ("lines", "description"),
    [
        ("x: a long text\n    that goes on here", "a long text that goes on here"),
        ("x: a long text\n    that goes on here: really", "a long text that goes on here: really"),
        ("x: one of\n    - bullet\n    - bullet: two", "one of - bullet - bullet: two"),
        ("x: one of\n    1: first", "one of 1: first"),
        ("x: text\n    (see below)", "text (see below)"),
        ("x: see\n    https://example.org", "see https://example.org"),
    ],
)
def test_google_text_may_go_on_at_the_level_of_the_names(lines: str, description: str) -> None:
    function = documented(f"Do.\n\nArgs:\n    {lines}\n    y: why\n\nReturns:\n    It.")
    assert descriptions_of(function) == {"x": description, "y": "why"}
    assert summary_of(function) == "Do.\n\nReturns:\n    It."


@pytest.mark.parametrize(
    "head",
    [
        "x (Literal['a:b'])",
        "x (tuple(int, str), optional)",
        "x (Literal['a',\n        'b'])",
        "*x (int)",
        "x ",
        "x (Callable[[tuple(int)], dict()])",
    ],
)
def test_google_type(head: str) -> None:
    text = f"Do.\n\nArgs:\n    {head}: what (so): it is\n    y (int): why"
    assert descriptions_of(documented(text)) == {"x": "what (so): it is", "y": "why"}


def test_google_names_may_share_a_text() -> None:
    function = documented("Do.\n\nArgs:\n    limit, offset (int): At most.\n    *args, **options:Others.")
    assert descriptions_of(function) == dict.fromkeys(["limit", "offset"], "At most.") | dict.fromkeys(
        ["args", "options"], "Others."
    )


@pytest.mark.parametrize("style", [GOOGLE, SPHINX, NUMPY], ids=["google", "sphinx", "numpy"])
def test_lines_may_end_as_on_windows(style: str) -> None:
    function = documented(style.replace("\n", "\r\n"))
    assert descriptions_of(function) == descriptions_of(documented(style))
    assert summary_of(function) == summary_of(documented(style))


MARKS = [
    *("Args:", "Parameters", "---", "Other Parameters", "Returns", ".. deprecated::", ":param", ":type", ":", " : "),
    *("x", "*y:", "(", "[", ")", ",", "`", " ", "    ", "\t", "\n", "\n    ", "\n\n", "\r\n", "\f", "\u2028", "\xa0"),
]


@given(st.lists(st.sampled_from(MARKS) | st.text(max_size=4), max_size=30).map("".join))
def test_no_docstring_fails_to_load(text: str) -> None:
    function = documented(text)
    MCPServer("Docstrings").tool(function)
    assert all(name.isidentifier() for name in descriptions_of(function))


@given(st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1), min_size=1))
def test_no_word_of_a_description_is_lost(words: list[str]) -> None:
    sphinx, google = "\n    ".join(["Do.\n\n:param x:", *words]), "\n        ".join(["Do.\n\nArgs:\n    x:", *words])
    assert descriptions_of(documented(sphinx)) == descriptions_of(documented(google)) == {"x": " ".join(words)}
