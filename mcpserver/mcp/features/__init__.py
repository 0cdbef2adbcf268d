"""Tools, prompts, resources, completion and skills: the features a server offers, each with its access rules.

``registry`` lists and finds them by name, ``access`` decides visibility and scope, ``functions`` and ``providers``
prepare the author's function, ``threads`` runs synchronous ones. ``tools``, ``prompts`` and ``resources`` call the
function and convert its result.

It may import ``mcp.codec``, ``mcp.interaction``, ``mcp.protocol``, ``mcp.schema``, ``mcp.types`` and the value
modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .access import Access, Visible
from .completion import Completions
from .functions import read_function
from .prompts import Prompt
from .providers import Providers, open_contained
from .registry import Cursors, Entry, Registry
from .resources import Description, Readable, Resource
from .skills import DIRECTORY_READ, EXTENSION, Skill, SkillFile, read_skills
from .tools import TaskMode, Tool, hints, make_tool
from .uri_template import UriTemplate

__all__ = [
    "DIRECTORY_READ",
    "EXTENSION",
    "Access",
    "Completions",
    "Cursors",
    "Description",
    "Entry",
    "Prompt",
    "Providers",
    "Readable",
    "Registry",
    "Resource",
    "Skill",
    "SkillFile",
    "TaskMode",
    "Tool",
    "UriTemplate",
    "Visible",
    "hints",
    "make_tool",
    "open_contained",
    "read_function",
    "read_skills",
]
