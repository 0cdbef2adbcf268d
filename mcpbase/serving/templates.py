"""Templates of pages: escaped, strict about missing names, and compiled once in a process."""

from collections.abc import Sequence
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web
from attrs import field, frozen
from jinja2.bccache import Bucket


def setup_templates(app: web.Application, *folders: Path, extensions: Sequence[str] = ()) -> jinja2.Environment:
    """The environment of an application's pages. Of templates with the same name, that in the first folder counts.

    A name that a template is not given is an error.
    """
    return aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=extensions,
        bytecode_cache=_COMPILED,
    )


@frozen(eq=False)
class _CompiledTemplates(jinja2.BytecodeCache):
    """Bytecode by template and source, in memory: a second application does not compile what the first did."""

    _code: dict[tuple[str, str], bytes] = field(factory=dict)

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._code.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_COMPILED = _CompiledTemplates()
