"""Parameter descriptions in docstrings, in the styles of Google, NumPy and Sphinx, and the text around them.

``docstring_parser`` reads the parameters. It is given nothing else: it would lose sections and paragraphs that it does
not know, and all of them belong to the description of a tool.
"""

import inspect
import re
from collections.abc import Callable
from functools import lru_cache

from docstring_parser import Docstring, ParseError, google, numpydoc, rest
from docstring_parser.common import PARAM_KEYWORDS

_GOOGLE_TITLES = "|".join(section.title for section in google.DEFAULT_SECTIONS if section.key == "param")
_NUMPY_TITLES = "|".join(each.title for each in numpydoc.DEFAULT_SECTIONS if each.key in ("param", "other_param"))
_NUMPY_OTHERS = "|".join(section.title for section in numpydoc.DEFAULT_SECTIONS)
_UNDERLINE = r"[ \t]*\n-{3,}[ \t]*$"

_GOOGLE = re.compile(rf"^(?:{_GOOGLE_TITLES}):[ \t]*\n(?:(?:[ \t].*)?(?:\n|\Z))+", re.M)
_NUMPY = re.compile(rf"^({_NUMPY_TITLES}){_UNDERLINE}([\s\S]*?)(?=^\S[^\n]*{_UNDERLINE}|\Z)", re.M)
_NUMPY_HEADING = re.compile(rf"^({_NUMPY_OTHERS}){_UNDERLINE}", re.M)
_SPHINX = re.compile(rf"^:(?:{'|'.join(sorted(PARAM_KEYWORDS))}|type)[ \t][^\n]*(?:\n[ \t]+\S[^\n]*)*", re.M)

Part = re.Match[str]


def descriptions_of(function: object) -> dict[str, str]:
    """The description of each parameter that the docstring describes, by name."""
    return dict(_read(inspect.getdoc(function) or "")[0])


def summary_of(function: object) -> str:
    """The docstring without the descriptions of parameters. Headings in NumPy's style become one line, ``Returns:``."""
    return _read(inspect.getdoc(function) or "")[1]


@lru_cache(maxsize=1024)
def _read(text: str) -> tuple[tuple[tuple[str, str], ...], str]:
    found: dict[str, str] = {}

    def take(part: Part, parse: Callable[[Part], Docstring]) -> str:
        described = _described(part, parse)
        if described is None:
            return part[0]
        found.update(described)
        return "\n"

    text = _NUMPY.sub(lambda part: take(part, _numpy), text)
    # The line break before a section keeps its first line from being taken for the summary, which has an indent of its
    # own.
    text = _GOOGLE.sub(lambda part: take(part, lambda each: google.parse(f"\n{each[0]}")), text)
    text = _SPHINX.sub(lambda part: take(part, lambda each: rest.parse(each[0])), text)
    return tuple(found.items()), re.sub(r"\n{3,}", "\n\n", _NUMPY_HEADING.sub(r"\1:", text)).strip()


def _numpy(part: Part) -> Docstring:
    """The section, with a heading that is underlined as ``docstring_parser`` expects."""
    return numpydoc.parse(f"\n{part[1]}\n{'-' * len(part[1])}\n{part[2]}")


def _described(part: Part, parse: Callable[[Part], Docstring]) -> dict[str, str] | None:
    """The descriptions in one part of a docstring; None for prose that only looks like a list of parameters."""
    try:
        params = parse(part).params
    except ParseError:
        return None
    found = {
        name.strip().lstrip("*"): " ".join((each.description or "").split())
        for each in params
        for name in each.arg_name.split(",")
    }
    return found if all(name.isidentifier() for name in found) else None
