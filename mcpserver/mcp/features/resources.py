"""Resources and resource templates, and reading them (MCP 2026-07-28, server: resources)."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Union, cast, get_args, get_origin

from attrs import define, field, frozen

from ...busy import Busy
from ..codec import Codec, Mismatch, codec_of
from ..interaction import Contained, Context
from ..protocol import (
    Annotations,
    Blob,
    Definition,
    Icon,
    InternalError,
    InvalidParams,
    ResourceContents,
    ResourceDefinition,
    ResourceNotFound,
    RpcError,
    Text,
    ToolError,
    icons,
    logged_fault,
)
from .access import Access
from .completion import Completions
from .free_content import ANYTHING, members
from .functions import Function
from .uri_template import UriTemplate

Contents = list[ResourceContents]


@frozen
class Description:
    """A resource as shown in lists; ``size`` is in bytes, ``ttl`` is how many seconds its contents may be cached."""

    name: str
    title: str | None = None
    text: str = ""
    mime_type: str | None = None
    icons: Sequence[Icon] = ()
    annotations: Annotations | None = None
    size: int | None = None
    meta: Mapping[str, Any] = field(factory=dict)
    ttl: int = 0

    def as_dict(self) -> Definition:
        shown = {
            "name": self.name,
            "title": self.title,
            "description": self.text,
            "mimeType": self.mime_type,
            "icons": icons(self.icons),
            "annotations": None if self.annotations is None else self.annotations.as_dict(),
            "size": self.size,
            "_meta": dict(self.meta),
        }
        return cast(Definition, {name: value for name, value in shown.items() if value not in (None, "", [], {})})


class Readable(Protocol):
    """Anything that can be read at a URI."""

    @property
    def access(self) -> Access: ...
    @property
    def described(self) -> Description: ...
    @property
    def is_personal(self) -> bool:
        """Whether the contents may depend on the caller."""

    def definition(self, *, objects_only: bool) -> ResourceDefinition: ...
    async def read(self, uri: str, variables: Mapping[str, str], context: Context) -> Contents:
        """The contents at a URI. Raises RpcError."""


@define(eq=False)
class Resource:
    """A resource or resource template; the ``template`` of a resource with a single URI has no variables."""

    template: UriTemplate
    function: Function
    described: Description
    access: Access
    completions: Completions
    _arguments: Codec = field(init=False, repr=False)
    _output: "_Output" = field(init=False, repr=False)

    @_arguments.default
    def _read_arguments(self) -> Codec:
        arguments = self.function.arguments()
        if set(arguments.schema["properties"]) != set(self.template.variables):
            raise TypeError(
                f"The parameters of {self.function.name} must be the variables of {self.template.text}: "
                f"{_difference(arguments, self.template)}."
            )
        return arguments

    @_output.default
    def _read_output(self) -> "_Output":
        try:
            return _output_of(self.function.returns)
        except TypeError as error:
            raise TypeError(f"the result: {error}") from error

    @property
    def is_template(self) -> bool:
        return bool(self.template.variables)

    @property
    def is_personal(self) -> bool:
        return bool(self.function.is_personal or self.access.scope or self.access.visible)

    def definition(self, *, objects_only: bool) -> ResourceDefinition:
        return cast(
            ResourceDefinition,
            {"uriTemplate" if self.is_template else "uri": self.template.text, **self.described.as_dict()},
        )

    async def read(self, uri: str, variables: Mapping[str, str], context: Context) -> Contents:
        """Run the function and return the contents.

        Raises ResourceNotFound when the variables do not fit the parameters, InvalidParams for a ToolError,
        InternalError for other faults, and RpcError and Busy as raised by the function.
        """
        try:
            with Contained():
                given = self._arguments.read(dict(variables), strict=False)
                return self._with_meta(
                    self._output.contents(await self.function(given, context), uri, self.described.mime_type)
                )
        except Mismatch:
            raise ResourceNotFound(uri) from None
        except (RpcError, Busy):
            raise
        except ToolError as error:
            raise InvalidParams(str(error), data={"uri": uri}) from error
        except Exception as error:
            raise InternalError(logged_fault(f"the resource {self.described.name}")) from error

    def _with_meta(self, contents: Contents) -> Contents:
        """Add the ``ui`` metadata to the contents, where hosts read how a page may be shown (MCP Apps)."""
        if "ui" not in self.described.meta:
            return contents
        return [{**each, "_meta": {"ui": self.described.meta["ui"]}} for each in contents]


def _difference(arguments: Codec, template: UriTemplate) -> str:
    """Advice for the author on making parameters and template variables agree."""
    given, wanted = list(arguments.schema["properties"]), template.variables
    advice = [f"add the parameter {name}" for name in wanted if name not in given]
    advice += [
        f"take out the parameter {name}, or write {{{name}}} in the address" for name in given if name not in wanted
    ]
    return "; ".join(advice)


@frozen
class _Output:
    """The declared result of a function.

    ``content`` are the classes of text and bytes that the type names; ``codec`` writes its other types as JSON, None
    without any.
    """

    content: tuple[Any, ...]
    codec: Codec | None

    def contents(self, value: Any, uri: str, mime_type: str | None) -> Contents:
        """The contents for a result. Raises TypeError for a value that the type does not name."""
        if isinstance(value, list | tuple) and value and all(isinstance(each, Text | Blob) for each in value):
            return [self._content(each).contents(uri, mime_type) for each in value]
        return [self._content(value).contents(uri, mime_type)]

    def _content(self, value: Any) -> Text | Blob:
        """The value as text or blob: declared strings and bytes unchanged, any other value as JSON text."""
        if isinstance(value, self.content):
            return (
                value
                if isinstance(value, Text | Blob)
                else Text(value)
                if isinstance(value, str)
                else Blob(bytes(value))
            )
        if self.codec is None:
            raise TypeError(
                f"the result does not have the declared type: a value of the type {type(value).__qualname__} was not "
                "declared"
            )
        return Text(self.codec.write(value).decode(), mime_type="application/json")


def _output_of(kind: Any) -> _Output:
    """The output of a return type. Raises TypeError for a type that has no form in JSON."""
    if kind in ANYTHING:
        return _Output(_CONTENT, codec_of(Any, writes=True))
    named = members(kind)
    lists = [
        each
        for each in named
        if get_origin(each) in (list, tuple)
        and any(part in (Text, Blob) for inner in get_args(each) for part in members(inner))
    ]
    inside = [part for each in lists for inner in get_args(each) for part in members(inner)]
    content = [each for each in (*named, *inside) if each in _CONTENT]
    data = [each for each in named if each not in (*content, *lists)]
    codec = codec_of(Union[tuple(data)], writes=True) if data else None  # noqa: UP007 - of a list
    return _Output((*content, *(_BYTES if bytes in content else ())), codec)


_BYTES = (bytearray, memoryview)
_CONTENT = (Text, Blob, str, bytes, *_BYTES)
