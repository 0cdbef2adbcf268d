"""The methods of tools, resources, prompts, completion and skills, each from its params to its result."""

from collections.abc import Awaitable, Callable
from typing import Any

from .. import Server
from ..features import Cursors, Registry, Tool
from ..interaction import Context
from ..protocol import CompleteResult, InvalidParams, Params, ReadResourceResult, ResourceNotFound, Result
from ..tasks import Tasks
from . import modern

Method = Callable[[Params, Context], Awaitable[Result]]


class FeatureMethods:
    """The methods that all revisions have in common, which read what ``server`` offers.

    ``protected`` says that the server has sign-in. Each method raises RpcError, ScopeRequired or SignInRequired.
    """

    def __init__(self, server: Server, tasks: Tasks, cursors: Cursors, *, protected: bool) -> None:
        self._catalogs = server.catalogs
        self._list_ttl = server.list_ttl
        self._tasks = tasks
        self._cursors = cursors
        self._protected = protected

    def by_name(self) -> dict[str, Method]:
        return {
            "tools/list": self._list_tools,
            "tools/call": self._call_tool,
            "resources/list": self._list_resources,
            "resources/templates/list": self._list_templates,
            "resources/read": self._read_resource,
            "prompts/list": self._list_prompts,
            "prompts/get": self._get_prompt,
            "completion/complete": self._complete,
            "skills/list": self._list_skills,
            "skills/get": self._get_skill,
            "resources/directory/read": self._read_directory,
        }

    async def _list_tools(self, params: Params, context: Context) -> Result:
        return self._listed("tools", self._catalogs.tools, params, context)

    async def _list_resources(self, params: Params, context: Context) -> Result:
        return self._listed("resources", self._catalogs.resources, params, context)

    async def _list_templates(self, params: Params, context: Context) -> Result:
        return self._listed("resourceTemplates", self._catalogs.templates, params, context)

    async def _list_prompts(self, params: Params, context: Context) -> Result:
        return self._listed("prompts", self._catalogs.prompts, params, context)

    def _listed(self, member: str, catalog: Registry[Any], params: Params, context: Context) -> Result:
        """One page of a catalog, in the order of registration.

        Entries whose scope the caller lacks are listed too, so that the caller can step up to them.
        """
        page, following = catalog.page(params.get("cursor"), context, self._cursors, objects_only=not context.is_modern)
        result: dict[str, Any] = {member: page}
        if following is not None:
            result["nextCursor"] = following
        return self._cacheable(result, context, ttl=self._list_ttl, private=catalog.differs)

    @staticmethod
    def _cacheable(result: Result, context: Context, *, ttl: int, private: bool) -> Result:
        return modern.cacheable(result, ttl=ttl, private=private) if context.is_modern else result

    async def _call_tool(self, params: Params, context: Context) -> Result:
        return await self.use_tool(self._catalogs.tools.find(params.get("name"), context), params, context)

    async def use_tool(self, tool: Tool | None, params: Params, context: Context) -> Result:
        """Call a tool that was found before, None if there is none. Raises RpcError or ScopeRequired."""
        if tool is None:
            raise InvalidParams(f"Unknown tool: {params.get('name')}")
        arguments = _object(params, "arguments")
        tool.access.require(context)
        if tool.task:
            return await self._tasks.call(
                tool.task, lambda within: tool.call(arguments, within, objects_only=not context.is_modern), context
            )
        return await tool.call(arguments, context, objects_only=not context.is_modern)

    async def _read_resource(self, params: Params, context: Context) -> Result:
        uri = params.get("uri")
        found = self._catalogs.find_resource(uri, context)
        if found is None:
            raise ResourceNotFound(uri)
        resource, variables = found
        resource.access.require(context)
        result: ReadResourceResult = {"contents": await resource.read(str(uri), variables, context)}
        private = resource.is_personal or (self._protected and not resource.access.public)
        return self._cacheable(result, context, ttl=resource.described.ttl, private=private)

    async def _get_prompt(self, params: Params, context: Context) -> Result:
        prompt = self._catalogs.prompts.find(params.get("name"), context)
        if prompt is None:
            raise InvalidParams(f"Unknown prompt: {params.get('name')}")
        arguments = _object(params, "arguments")
        prompt.access.require(context)
        return await prompt.get(arguments, context)

    async def _list_skills(self, params: Params, context: Context) -> Result:
        return self._listed("skills", self._catalogs.skills, params, context)

    async def _get_skill(self, params: Params, context: Context) -> Result:
        """Answer ``skills/get`` (SEP-2640)."""
        skill = self._catalogs.skills.find(params.get("uri"), context)
        if skill is None:
            raise ResourceNotFound(params.get("uri"))
        return self._cacheable(
            {"skill": skill.definition(objects_only=False)},
            context,
            ttl=self._list_ttl,
            private=self._catalogs.skills.differs,
        )

    async def _read_directory(self, params: Params, context: Context) -> Result:
        """Answer ``resources/directory/read`` for the folders of skills (SEP-2640)."""
        uri = params.get("uri")
        for key, skill in self._catalogs.skills.items():
            children = skill.children(uri) if isinstance(uri, str) else None
            if children is not None and self._catalogs.skills.find(key, context) is not None:
                skill.access.require(context)
                return self._cacheable({"resources": children}, context, ttl=self._list_ttl, private=True)
        raise ResourceNotFound(uri)

    async def _complete(self, params: Params, context: Context) -> Result:
        """Answer ``completion/complete`` (MCP 2026-07-28, utilities: completion)."""
        argument = _object(params, "argument")
        name, value = argument.get("name"), argument.get("value")
        if not isinstance(name, str) or not isinstance(value, str):
            raise InvalidParams('"argument" must have a "name" and a "value", both strings.')
        entry = self._completed(_object(params, "ref"), context)
        entry.access.require(context)
        others = _object(_object(params, "context"), "arguments")
        known = {key: each for key, each in others.items() if isinstance(each, str)}
        result: CompleteResult = {"completion": await entry.completions.complete(name, value, known, context)}
        return result

    def _completed(self, ref: Params, context: Context) -> Any:
        kind = ref.get("type")
        if kind == "ref/prompt":
            found: Any = self._catalogs.prompts.find(ref.get("name"), context)
        elif kind == "ref/resource":
            found = self._catalogs.templates.find(ref.get("uri"), context)
        else:
            raise InvalidParams('"ref" must be of the type "ref/prompt" or "ref/resource".')
        if found is None:
            raise InvalidParams(f"There is nothing to complete: {ref.get('name') or ref.get('uri')}")
        return found


def _object(params: Params, name: str) -> dict[str, Any]:
    value = params.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidParams(f'"{name}" must be an object.')
    return value
