"""Skills (SEP-2640): folders of instructions, listed with digests and read file by file."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from mcpbase.frontmatter import read_frontmatter
from mcpserver import MCPServer
from mcpserver.mcp.features.skills import MOST_BYTES, MOST_FILES, SkillError
from mcpserver.mcp.protocol.errors import InvalidParams, MethodNotFound, ScopeRequired

from .desk import ADA, Desk

REFUNDS = """---
name: refunds
description: How to refund an order
metadata:
  version: 1.10
  since: 2026-01-12
  urgent: no
---
# Refunds
Use templates/letter.txt.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    refunds = tmp_path / "skills" / "refunds"
    (refunds / "templates").mkdir(parents=True)
    (refunds / "SKILL.md").write_text(REFUNDS)
    (refunds / "templates" / "letter.txt").write_text("Dear customer")
    (refunds / "seal.png").write_bytes(b"\x89PNG")
    return tmp_path / "skills"


@pytest.fixture
def server(folder: Path) -> MCPServer:
    server = MCPServer("skilled")
    server.add_skills(folder, prefix="acme/billing/")
    return server


URI = "skill://acme/billing/refunds/SKILL.md"


async def test_skills_are_listed_with_every_file_and_its_digest(server: MCPServer, folder: Path) -> None:
    """skills/list: entries are atomic, with caching hints."""
    listed = await Desk(server).ask("skills/list")
    (entry,) = listed["skills"]
    assert entry["uri"] == URI
    assert entry["frontmatter"]["description"] == "How to refund an order"
    assert entry["frontmatter"]["metadata"] == {"version": 1.1, "since": "2026-01-12", "urgent": "no"}
    expected = {
        f"skill://acme/billing/refunds/{path}": (hashlib.sha256(data).hexdigest(), len(data))
        for path, data in (
            ("SKILL.md", REFUNDS.encode()),
            ("seal.png", b"\x89PNG"),
            ("templates/letter.txt", b"Dear customer"),
        )
    }
    assert {
        each["uri"]: (each["digest"].removeprefix("sha256:"), each["size"]) for each in entry["resources"]
    } == expected
    assert (listed["ttlMs"], listed["cacheScope"]) == (300_000, "public")


async def test_one_skill_is_got_by_its_address(server: MCPServer) -> None:
    """skills/get: the same entry, without a cursor."""
    desk = Desk(server)
    result = await desk.ask("skills/get", uri=URI)
    assert result["skill"] == (await desk.ask("skills/list"))["skills"][0]
    assert "nextCursor" not in result
    assert result["cacheScope"] == "public"


@pytest.mark.parametrize("method", ["skills/get", "resources/directory/read", "resources/read"])
@pytest.mark.parametrize(
    "uri", ["skill://nothing/SKILL.md", "skill://acme/billing/refunds/nothing", "skill://acme", None, 7]
)
async def test_unknown_address_is_invalid(server: MCPServer, method: str, uri: Any) -> None:
    """-32602 for what is not there."""
    with pytest.raises(InvalidParams):
        await Desk(server).ask(method, uri=uri)


async def test_files_are_read_as_resources_and_only_the_manifest_is_listed(server: MCPServer) -> None:
    desk = Desk(server)
    (listed,) = (await desk.ask("resources/list"))["resources"]
    assert listed == {
        "uri": URI,
        "name": "refunds",
        "description": "How to refund an order",
        "mimeType": "text/markdown",
        "size": len(REFUNDS),
    }
    assert (await desk.ask("resources/read", uri=URI))["contents"] == [
        {"uri": URI, "mimeType": "text/markdown", "text": REFUNDS}
    ]
    letter = await desk.ask("resources/read", uri="skill://acme/billing/refunds/templates/letter.txt")
    assert letter["contents"][0]["text"] == "Dear customer"
    seal = await desk.ask("resources/read", uri="skill://acme/billing/refunds/seal.png")
    assert (seal["contents"][0]["mimeType"], seal["contents"][0]["blob"]) == ("image/png", "iVBORw==")


async def test_folders_are_read_level_by_level(server: MCPServer) -> None:
    """resources/directory/read: direct children, subdirectories as inode/directory."""
    desk = Desk(server)
    top = await desk.ask("resources/directory/read", uri="skill://acme/billing/refunds")
    assert [(each["uri"].rpartition("/")[2], each.get("mimeType")) for each in top["resources"]] == [
        ("SKILL.md", "text/markdown"),
        ("seal.png", "image/png"),
        ("templates", "inode/directory"),
    ]
    inside = await desk.ask("resources/directory/read", uri=top["resources"][-1]["uri"])
    assert [each["name"] for each in inside["resources"]] == ["letter.txt"]
    for uri in (URI, "skill://acme/billing/refunds/templates/letter.txt"):
        with pytest.raises(InvalidParams):
            await desk.ask("resources/directory/read", uri=uri)


async def test_extension_is_declared_with_the_resources_it_stands_on(server: MCPServer) -> None:
    capabilities = (await Desk(server).ask("server/discover"))["capabilities"]
    assert capabilities["extensions"] == {"io.modelcontextprotocol/skills": {"directoryRead": True}}
    assert "resources" in capabilities


async def test_server_without_skills_does_not_know_the_method() -> None:
    with pytest.raises(MethodNotFound):
        await Desk(MCPServer("bare")).ask("skills/list")


async def test_skills_keep_to_scopes_and_to_who_sees_them(folder: Path) -> None:
    server = MCPServer("guarded")
    server.add_skills(folder, scope="skills", visible=lambda user: user is not None and user.id == "ada")
    uri, inside, directory = "skill://refunds/SKILL.md", "skill://refunds/seal.png", "skill://refunds"
    allowed, stranger = Desk(server, evolve(ADA, scopes=frozenset({"skills"}))), Desk(server, evolve(ADA, id="bob"))
    for method, address in (
        ("resources/read", uri),
        ("resources/read", inside),
        ("resources/directory/read", directory),
    ):
        await allowed.ask(method, uri=address)
        with pytest.raises(ScopeRequired):
            await Desk(server).ask(method, uri=address)
        with pytest.raises(InvalidParams):
            await stranger.ask(method, uri=address)
    assert (await stranger.ask("skills/list"))["skills"] == []
    assert (await Desk(server).ask("skills/list"))["cacheScope"] == "private"


async def test_included_server_brings_its_skills(server: MCPServer) -> None:
    whole = MCPServer("whole")
    whole.include(server)
    assert (await Desk(whole).ask("skills/get", uri=URI))["skill"]["uri"] == URI


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no frontmatter", "a name and a description"),
        ("---\nname: refunds\n---\n", "a name and a description"),
        ("---\nname: refunds\ndescription: 7\n---\n", "a name and a description"),
        ("---\nname: other\ndescription: x\n---\n", "the name of its folder"),
        ("---\n- a\n---\n", "names and values"),
        ("---\na: [\n---\n", "not YAML"),
    ],
)
def test_manifest_that_is_none_is_refused(folder: Path, text: str, reason: str) -> None:
    """Agent Skills specification: name and description are required."""
    (folder / "refunds" / "SKILL.md").write_text(text)
    with pytest.raises(SkillError, match=reason):
        MCPServer("x").add_skills(folder)


@pytest.mark.parametrize("name", ["Refunds", "re--funds", "-refunds", "refunds-", "re_funds", "r" * 65])
def test_name_that_an_address_should_not_hold_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "SKILL.md").write_text(f"---\nname: {name}\ndescription: x\n---\n")
    with pytest.raises(SkillError, match="lower-case letters, digits"):
        MCPServer("x").add_skills(tmp_path / name)


def test_skill_within_a_skill_is_refused(folder: Path) -> None:
    (folder / "refunds" / "templates" / "SKILL.md").write_text(REFUNDS)
    with pytest.raises(SkillError, match="do not nest"):
        MCPServer("x").add_skills(folder)


def test_limits_are_kept(folder: Path) -> None:
    """SEP-2640: 512 files, 16 MiB."""
    (folder / "refunds" / "big.bin").write_bytes(bytes(MOST_BYTES))
    with pytest.raises(SkillError, match="larger than"):
        MCPServer("x").add_skills(folder)
    (folder / "refunds" / "big.bin").unlink()
    for number in range(MOST_FILES):
        (folder / "refunds" / f"{number}.txt").touch()
    with pytest.raises(SkillError, match="more than 512 files"):
        MCPServer("x").add_skills(folder)


@pytest.mark.parametrize(
    ("where", "prefix", "reason"),
    [("nowhere", "", "no folder"), (".", "", "no SKILL.md"), (".", "a b/", "prefix"), (".", "a", "prefix")],
)
def test_folder_without_skills_and_prefix_that_is_none_are_refused(
    tmp_path: Path, where: str, prefix: str, reason: str
) -> None:
    with pytest.raises(SkillError, match=reason):
        MCPServer("x").add_skills(tmp_path / where, prefix=prefix)


def test_links_out_of_the_folder_are_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (folder / "refunds" / "link").symlink_to(tmp_path / "secret")
    server = MCPServer("x")
    server.add_skills(folder)
    assert "link" not in str([skill.files.keys() for skill in server.catalogs.skills])


def test_text_without_frontmatter_has_none() -> None:
    assert read_frontmatter("# Title\n---\n") == {}
