"""Skills: folders of instructions that a server publishes to agents, file by file (SEP-2640,
``io.modelcontextprotocol/skills``).
"""

import hashlib
import mimetypes
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from attrs import field, frozen

from mcpbase.frontmatter import read_frontmatter

from ..interaction import Context
from ..protocol import Blob, ResourceContents, ResourceDefinition, SkillFileObject, SkillObject, Text
from .access import Access
from .resources import Description

EXTENSION = "io.modelcontextprotocol/skills"
DIRECTORY_READ = "directoryRead"
DIRECTORY = "inode/directory"
MANIFEST = "SKILL.md"

MOST_FILES = 512
MOST_BYTES = 16 * 1024 * 1024
"""Maximum number of files (MOST_FILES) and total size of one skill in bytes (SEP-2640: limits)."""

_NAME = re.compile(r"(?!.*--)[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_PREFIX = re.compile(r"(?:[A-Za-z0-9._~-]+/)*")


class SkillError(ValueError):
    """Raised for a folder that is not a valid skill; the message tells the author why."""


@frozen
class SkillFile:
    """One file of a skill, kept as it was when read at registration, so that its digest stays valid."""

    uri: str
    data: bytes = field(repr=False)
    described: Description
    access: Access

    @property
    def is_personal(self) -> bool:
        return self.access.scope is not None or self.access.visible is not None

    def definition(self, *, objects_only: bool) -> ResourceDefinition:
        return cast(ResourceDefinition, {"uri": self.uri, **self.described.as_dict()})

    def stated(self) -> SkillFileObject:
        """The file in the entry of its skill: URI, SHA-256 digest, and size in bytes."""
        return {"uri": self.uri, "digest": f"sha256:{hashlib.sha256(self.data).hexdigest()}", "size": len(self.data)}

    async def read(self, uri: str, variables: Mapping[str, str], context: Context) -> list[ResourceContents]:
        mime_type = self.described.mime_type
        try:
            return [Text(self.data.decode()).contents(uri, mime_type)]
        except UnicodeDecodeError:
            return [Blob(self.data).contents(uri, mime_type)]


@frozen
class Skill:
    """A skill: the ``uri`` of its SKILL.md, its frontmatter, and its ``files`` by path within the skill, sorted."""

    uri: str
    frontmatter: Mapping[str, Any]
    files: Mapping[str, SkillFile]
    access: Access

    @property
    def folder(self) -> str:
        return self.uri.removesuffix(f"/{MANIFEST}")

    @property
    def manifest(self) -> SkillFile:
        return self.files[MANIFEST]

    def definition(self, *, objects_only: bool) -> SkillObject:
        """The skill entry, the same in lists and on its own."""
        return {
            "uri": self.uri,
            "frontmatter": dict(self.frontmatter),
            "resources": [file.stated() for file in self.files.values()],
        }

    def find(self, uri: str) -> SkillFile | None:
        return self.files.get(uri.removeprefix(f"{self.folder}/")) if uri.startswith(f"{self.folder}/") else None

    def children(self, uri: str) -> list[ResourceDefinition] | None:
        """The direct children of a folder of the skill, as resources; None when there is no such folder."""
        inside = "" if uri == self.folder else uri.removeprefix(f"{self.folder}/") + "/"
        beneath = [path.removeprefix(inside) for path in self.files if path.startswith(inside)]
        if not uri.startswith(self.folder) or not beneath:
            return None
        folders = sorted({path.partition("/")[0] for path in beneath if "/" in path})
        files = [self.files[inside + path].definition(objects_only=False) for path in beneath if "/" not in path]
        return [*files, *(ResourceDefinition(uri=f"{uri}/{name}", name=name, mimeType=DIRECTORY) for name in folders)]


def read_skills(folder: Path, prefix: str, access: Access) -> list[Skill]:
    """The skill in a folder, or the skills in its direct subfolders.

    Raises SkillError when there is none, when one is invalid, or for a bad prefix.
    """
    if not folder.is_dir():
        raise SkillError(f"There is no folder {folder}.")
    if not _PREFIX.fullmatch(prefix):
        raise SkillError(f"The prefix {prefix!r} must be segments of an address, each with a slash behind it.")
    if (folder / MANIFEST).is_file():
        return [_read_skill(folder, prefix, access)]
    skills = [_read_skill(each, prefix, access) for each in sorted(folder.iterdir()) if (each / MANIFEST).is_file()]
    if not skills:
        raise SkillError(f"There is no {MANIFEST} in {folder}, nor in a folder in it.")
    return skills


def _read_skill(folder: Path, prefix: str, access: Access) -> Skill:
    data = dict(_files(folder))
    frontmatter = _frontmatter(data[MANIFEST], folder)
    base = f"skill://{prefix}{folder.name}"
    files = {path: _file(f"{base}/{path}", path, data[path], frontmatter, access) for path in sorted(data)}
    return Skill(f"{base}/{MANIFEST}", frontmatter, files, access)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    size = 0
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    if len(paths) > MOST_FILES:
        raise SkillError(f"The skill {folder.name} has more than {MOST_FILES} files.")
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if path.name == MANIFEST and name != MANIFEST:
            raise SkillError(f"The skill {folder.name} holds another skill, {name}: skills do not nest.")
        data = path.read_bytes()
        size += len(data)
        if size > MOST_BYTES:
            raise SkillError(f"The skill {folder.name} is larger than {MOST_BYTES} bytes.")
        yield name, data


def _frontmatter(data: bytes, folder: Path) -> dict[str, Any]:
    """The frontmatter of a SKILL.md (Agent Skills specification).

    Raises SkillError when it is malformed, when the name or description is missing, or when the name differs from the
    folder's or is not made of lower-case letters, digits and single hyphens.
    """
    try:
        frontmatter = read_frontmatter(data.decode("utf-8", "replace"))
    except ValueError as error:
        raise SkillError(f"{folder / MANIFEST}: {error}.") from error
    if not all(isinstance(frontmatter.get(name), str) and frontmatter[name] for name in ("name", "description")):
        raise SkillError(f"{folder / MANIFEST} must begin with YAML frontmatter that has a name and a description.")
    if frontmatter["name"] != folder.name or not _NAME.fullmatch(folder.name):
        raise SkillError(
            f"The skill in {folder} must have the name of its folder, of lower-case letters, digits and single hyphens."
        )
    return frontmatter


def _file(uri: str, path: str, data: bytes, frontmatter: Mapping[str, Any], access: Access) -> SkillFile:
    if path == MANIFEST:
        described = Description(
            frontmatter["name"], text=frontmatter["description"], mime_type="text/markdown", size=len(data)
        )
    else:
        mime_type = "text/markdown" if path.endswith(".md") else mimetypes.guess_type(path)[0]
        described = Description(path.rpartition("/")[2], mime_type=mime_type, size=len(data))
    return SkillFile(uri, data, described, access)
