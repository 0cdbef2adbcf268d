"""What a server offers: tools, resources, resource templates, prompts and skills, with a registry for each kind."""

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .features import Access, Prompt, Readable, Registry, Resource, Skill, SkillFile, Tool
from .interaction import Context
from .protocol import require_prompt_name, require_tool_name


class Catalogs:
    """The registries of a server.

    ``changed`` is called with ``tools``, ``resources`` or ``prompts`` when an entry is added or removed; templates and
    skills belong to ``resources``.
    """

    def __init__(self, changed: Callable[[str], None]) -> None:
        self.tools: Registry[Tool] = Registry("tool", lambda: changed("tools"), require_tool_name)
        self.resources: Registry[Readable] = Registry("resource", lambda: changed("resources"))
        self.templates: Registry[Resource] = Registry("resource template", lambda: changed("resources"))
        self.skills: Registry[Skill] = Registry("skill", lambda: changed("resources"))
        self.prompts: Registry[Prompt] = Registry("prompt", lambda: changed("prompts"), require_prompt_name)

    def find_resource(self, uri: object, context: Context) -> tuple[Readable, dict[str, str]] | None:
        """The resource at a URI and its template's variables; None when absent or hidden from the caller."""
        if not isinstance(uri, str):
            return None
        resource = self.resources.find(uri, context) or self._find_skill_file(uri, context)
        if resource is not None:
            return resource, {}
        for key, template in self.templates.items():
            variables = template.template.read(uri)
            if variables is not None and self.templates.find(key, context) is not None:
                return template, variables
        return None

    def _find_skill_file(self, uri: str, context: Context) -> SkillFile | None:
        """A file of a skill other than SKILL.md: readable, but in no list."""
        found = ((key, skill.find(uri)) for key, skill in self.skills.items())
        return next((file for key, file in found if file is not None and self.skills.find(key, context)), None)

    def include(self, other: "Catalogs", prefix: str) -> None:
        """Add the present entries of another server; its tools and prompts are named ``prefix_name``.

        Raises ValueError when a name or URI is taken; nothing is added then.
        """
        added: tuple[tuple[Registry[Any], Mapping[str, Any]], ...] = (
            (self.tools, _renamed(other.tools, prefix)),
            (self.prompts, _renamed(other.prompts, prefix)),
            (self.resources, dict(other.resources.items())),
            (self.templates, dict(other.templates.items())),
            (self.skills, dict(other.skills.items())),
        )
        for registry, entries in added:
            for key in entries:
                registry.require_free(key)
        for registry, entries in added:
            for key, entry in entries.items():
                registry.add(key, entry)

    @property
    def has_public(self) -> bool:
        """Whether anything can be used without signing in."""
        return any(access.public for access in self._accesses())

    @property
    def scope_names(self) -> frozenset[str]:
        """All scopes that an entry requires."""
        return frozenset(name for access in self._accesses() if access.scope for name in access.scope.split())

    def _accesses(self) -> Iterator[Access]:
        for registry in (self.tools, self.resources, self.templates, self.prompts, self.skills):
            yield from (entry.access for entry in registry)


def _renamed(registry: Registry[Any], prefix: str) -> dict[str, Any]:
    """Copies of tools or prompts under their new names, which share their concurrency slots with the originals."""
    entries = {}
    for name, entry in registry.items():
        renamed = entries[f"{prefix}_{name}" if prefix else name] = copy.copy(entry)
        renamed.name = f"{prefix}_{name}" if prefix else name
    return entries
