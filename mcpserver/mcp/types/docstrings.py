"""Parameter descriptions in docstrings, in the styles of Google, NumPy and Sphinx, and the text around them.

``docstring_parser`` reads only the parameter sections in NumPy style: given a whole docstring, it would drop sections
and paragraphs that it does not know, and all of them belong to the description of a tool. The other two styles are
parsed here. In Sphinx style, ``docstring_parser`` takes every line that begins with a colon for a field and refuses
types with spaces; in Google style it refuses text at the level of the names and types with a colon. Working around
that would take as much code as parsing them.
"""

import inspect
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from docstring_parser import ParseError, numpydoc
from docstring_parser.common import PARAM_KEYWORDS

_NUMPY_TITLES = "|".join(each.title for each in numpydoc.DEFAULT_SECTIONS if each.key in ("param", "other_param"))
_NUMPY_OTHERS = "|".join(section.title for section in numpydoc.DEFAULT_SECTIONS)
_UNDERLINE = r"[ \t]*\n-{3,}[ \t]*$"
_NAME = r"\*{0,2}[^\W\d]\w*"

_GOOGLE = re.compile(r"^(?:Args|Arguments|Parameters|Params):[ \t]*\n\s*?^([ \t]+)(\S.*(?:\n(?:[ \t].*)?)*)", re.M)
_NUMPY = re.compile(rf"^({_NUMPY_TITLES}){_UNDERLINE}([\s\S]*?)(?=^\S[^\n]*{_UNDERLINE}|\Z)", re.M)
_NUMPY_HEADING = re.compile(rf"^({_NUMPY_OTHERS}){_UNDERLINE}", re.M)
_SPHINX = re.compile(rf"^:(?:{'|'.join(sorted(PARAM_KEYWORDS))}|type)[ \t][^\n]*(?:\n[ \t]+\S[^\n]*)*", re.M)

Part = re.Match[str]
Described = Iterable[tuple[str, str]]
"""Names, with commas between them, and the description that they share."""


def descriptions_of(function: object) -> dict[str, str]:
    """The description of each parameter that the docstring describes, by name."""
    return dict(_read(_text_of(function))[0])


def summary_of(function: object) -> str:
    """The docstring without the descriptions of parameters. Headings in NumPy's style become one line, ``Returns:``."""
    return _read(_text_of(function))[1]


def _text_of(function: object) -> str:
    """The docstring without its indentation, which Python 3.13 finds only where lines end with a line feed alone."""
    own = getattr(function, "__doc__", None)
    text = own if isinstance(own, str) else inspect.getdoc(function) or ""
    return inspect.cleandoc("\n".join(text.splitlines()))


@lru_cache(maxsize=1024)
def _read(text: str) -> tuple[tuple[tuple[str, str], ...], str]:
    found: dict[str, str] = {}

    def take(part: Part, read: Callable[[Part], Described]) -> str:
        described = _described(part, read)
        if described is None:
            return part[0]
        found.update(described)
        return "\n"

    text = _NUMPY.sub(lambda part: take(part, _numpy), text)
    text = _GOOGLE.sub(lambda part: take(part, _google), text)
    text = _SPHINX.sub(lambda part: take(part, _sphinx), text)
    return tuple(found.items()), re.sub(r"\n{3,}", "\n\n", _NUMPY_HEADING.sub(r"\1:", text)).strip()


def _numpy(part: Part) -> Described:
    """Parse a section in NumPy style, with its heading underlined at full length as ``docstring_parser`` expects."""
    params = numpydoc.parse(f"\n{part[1]}\n{'-' * len(part[1])}\n{part[2]}").params
    return [(each.arg_name, each.description or "") for each in params]


def _google(part: Part) -> Described:
    """Parse a section in Google style. Text between two entries belongs to the first, however deep it is indented.

    Raises ParseError when the first line is not an entry.
    """
    margin, body = part.groups()
    kind = rf"\((?:[^()\n]|\n{margin}[ \t]|\([^()\n]*\))*\)"
    entry = rf"^{margin}({_NAME}(?:,[ \t]*{_NAME})*)[ \t]*(?:{kind}[ \t]*)?:(?!//)"
    before, *rest = re.split(entry, margin + body, flags=re.M)
    if before:
        raise ParseError("the first line is no entry")
    return zip(rest[::2], rest[1::2], strict=True)


def _sphinx(part: Part) -> Described:
    """Parse one field in Sphinx style; the name is the last word before the second colon, after the type."""
    _, field, text = " ".join(part[0].split()).split(":", 2)
    keyword, *_, name = field.split()
    return [] if keyword == "type" else [(name, text)]


def _described(part: Part, read: Callable[[Part], Described]) -> dict[str, str] | None:
    """The descriptions in one part of a docstring; None for prose that only looks like a list of parameters."""
    try:
        found = {
            name.strip().lstrip("*"): " ".join(text.split()) for names, text in read(part) for name in names.split(",")
        }
    except (ParseError, IndexError, ValueError):
        return None
    return found if all(name.isidentifier() for name in found) else None
