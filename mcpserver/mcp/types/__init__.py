"""Python types as a tree of kinds, and the values that JSON allows.

``type_tree`` turns an annotation into nodes; ``constraints``, ``parameters`` and ``default_values`` add metadata,
names and defaults; ``pydantic_kinds`` supports pydantic types; ``callables`` and ``docstrings`` read a function.
``json_values`` checks and writes JSON. ``Mismatch`` describes which part of a value does not fit its type.

It may import nothing but the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .callables import NO_ANNOTATION, Read, name_of, read_callable, require_value
from .constraints import readable
from .default_values import is_shared_state, maker_of
from .docstrings import descriptions_of, summary_of
from .json_values import LARGEST_EXACT, finite, require_text, with_whole_numbers, write_json
from .mismatch import Mismatch, mismatch, resolved, steps
from .parameters import NO_DEFAULT, Parameter, parameter_of, shown_name
from .pydantic_kinds import Definitions, decode, dump, dump_alike, encode
from .type_tree import (
    CHOICES,
    FIELDED,
    NODEFAULT,
    UNSET,
    Node,
    bare,
    class_of,
    has_fields,
    inner,
    is_array,
    is_attrs,
    node_of,
    reachable,
)

__all__ = [
    "CHOICES",
    "FIELDED",
    "LARGEST_EXACT",
    "NODEFAULT",
    "NO_ANNOTATION",
    "NO_DEFAULT",
    "UNSET",
    "Definitions",
    "Mismatch",
    "Node",
    "Parameter",
    "Read",
    "bare",
    "class_of",
    "decode",
    "descriptions_of",
    "dump",
    "dump_alike",
    "encode",
    "finite",
    "has_fields",
    "inner",
    "is_array",
    "is_attrs",
    "is_shared_state",
    "maker_of",
    "mismatch",
    "name_of",
    "node_of",
    "parameter_of",
    "reachable",
    "read_callable",
    "readable",
    "require_text",
    "require_value",
    "resolved",
    "shown_name",
    "steps",
    "summary_of",
    "with_whole_numbers",
    "write_json",
]
