"""Registration of an author's function as a tool, prompt or resource, with the arguments of its decorator.

Errors name the function; each is a TypeError or a ValueError.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

from .catalogs import Catalogs
from .declaring import require_details, require_function, within
from .features import (
    Access,
    Completions,
    Description,
    Prompt,
    Providers,
    Resource,
    TaskMode,
    Tool,
    UriTemplate,
    Visible,
    hints,
    make_tool,
    read_function,
)
from .protocol import LAMBDA, LONGEST, Icon, require_name
from .schema import Schema


class PromptDetails(TypedDict, total=False):
    """Arguments of the decorator ``prompt``."""

    name: str | None
    title: str | None
    scope: str | None
    public: bool
    visible: Visible | None
    icons: Sequence[Icon]
    meta: Mapping[str, Any] | None


class ToolDetails(PromptDetails, total=False):
    """Arguments of the decorator ``tool``, which ``MCPServer.tool`` describes."""

    read_only: bool | None
    destructive: bool | None
    idempotent: bool | None
    open_world: bool | None
    timeout: float | None
    concurrency: int | None
    input_schema: Schema | None
    output_schema: Schema | None
    task: TaskMode
    ui: str | None


_HINTS = {
    "read_only": "readOnlyHint",
    "destructive": "destructiveHint",
    "idempotent": "idempotentHint",
    "open_world": "openWorldHint",
}


def add_tool(catalogs: Catalogs, function: Callable[..., Any], providers: Providers, details: ToolDetails) -> Tool:
    """Add a tool to the catalogs, and return it."""
    require_function("@server.tool", function, '@server.tool(name="...") above the def')
    with within("tool", function):
        require_details("@server.tool", details, ToolDetails.__annotations__)
        tool = _tool(function, providers, **details)
        catalogs.tools.add(tool.name, tool)
        return tool


def _tool(
    function: Callable[..., Any],
    providers: Providers,
    *,
    scope: str | None = None,
    public: bool = False,
    visible: Visible | None = None,
    meta: Mapping[str, Any] | None = None,
    ui: str | None = None,
    name: str | None = None,
    input_schema: Schema | None = None,
    output_schema: Schema | None = None,
    **details: Any,
) -> Tool:
    return make_tool(
        read_function(function, providers),
        name=name,
        access=Access(scope, public, visible),
        input_schema=input_schema,
        output_schema=output_schema,
        annotations=hints(**{_HINTS[each]: details.pop(each) for each in _HINTS if each in details}),
        meta={**(meta or {}), **({"ui": {"resourceUri": ui}} if ui else {})},
        **details,
    )


def add_prompt(catalogs: Catalogs, function: Callable[..., Any], providers: Providers, details: PromptDetails) -> None:
    """Add a prompt to the catalogs."""
    require_function("@server.prompt", function, '@server.prompt(name="...") above the def')
    with within("prompt", function):
        require_details("@server.prompt", details, PromptDetails.__annotations__)
        prompt = _prompt(function, providers, **details)
        catalogs.prompts.add(prompt.name, prompt)


def _prompt(
    function: Callable[..., Any],
    providers: Providers,
    *,
    name: str | None = None,
    scope: str | None = None,
    public: bool = False,
    visible: Visible | None = None,
    meta: Mapping[str, Any] | None = None,
    **details: Any,
) -> Prompt:
    read = read_function(function, providers)
    return Prompt(
        read.name if name is None else name,
        read,
        Access(scope, public, visible),
        Completions.of(read),
        meta=meta or {},
        **details,
    )


def add_resource(
    catalogs: Catalogs,
    function: Callable[..., Any],
    providers: Providers,
    template: UriTemplate,
    *,
    name: str | None,
    description: str | None,
    scope: str | None,
    public: bool,
    visible: Visible | None,
    **details: Any,
) -> None:
    """Add a resource or a resource template to the catalogs; ``details`` are further fields of its description.

    Without ``name`` it is named like the function, and that of a lambda by its URI.
    """
    require_function("@server.resource", function, '@server.resource("notes://all") above the def')
    with within("resource", function):
        read = read_function(function, providers)
        given = read.name if name is None else name
        by_uri = name is None and given == LAMBDA
        require_name(template.text[:LONGEST] if by_uri else given, "resource")
        described = Description(template.text if by_uri else given, text=description or read.description, **details)
        access, completions = Access(scope, public, visible), Completions.of(read, template.admits)
        resource = Resource(template, read, described, access, completions)
        (catalogs.templates if resource.is_template else catalogs.resources).add(template.text, resource)
