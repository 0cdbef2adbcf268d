"""Resources, their templates, and what is read (MCP 2026-07-28, server: resources)."""

import base64
from typing import Any

import pytest
from attrs import frozen

from mcpserver import Annotations, Blob, Icon, MCPServer, ResourceNotFound, Text, ToolError, User
from mcpserver.mcp.features.uri_template import UriTemplate
from mcpserver.mcp.protocol.errors import InternalError, InvalidParams

from .desk import ADA, Desk


@frozen
class Point:
    x: int
    y: int


@pytest.fixture
def server() -> MCPServer:
    server = MCPServer("things", list_ttl=60)

    @server.resource(
        "file:///readme",
        name="readme",
        title="Read me",
        mime_type="text/markdown",
        icons=[Icon("https://x.example/i.png", mime_type="image/png", sizes=["48x48"])],
        annotations=Annotations(audience=["user"], priority=0.8, last_modified="2026-01-12T15:00:58Z"),
        size=6,
        meta={"example.com/a": 1},
        ttl=60,
    )
    async def readme() -> str:
        """What to read first."""
        return "# Hi\n"

    @server.resource("thing://{number}")
    async def thing(number: int, user: User) -> Point:
        if number == 404:
            raise ResourceNotFound(f"thing://{number}")
        if number == 7:
            raise ToolError("Seven is being painted.")
        if number == 13:
            raise ValueError("secret")
        return Point(number, len(user.name))

    @server.resource("files://{+path}", mime_type="application/octet-stream")
    async def files(path: str) -> bytes:
        return path.encode()

    @server.resource("album://all")
    async def album() -> list[Text | Blob]:
        return [Text("a"), Blob(b"\x89", mime_type="image/png", uri="album://1")]

    return server


async def contents(server: MCPServer, uri: str) -> list[dict[str, Any]]:
    result = await Desk(server).ask("resources/read", uri=uri)
    return list(result["contents"])


async def test_resource_is_listed_with_all_that_is_known(server: MCPServer) -> None:
    """Data types: resource."""
    listed = await Desk(server).ask("resources/list")
    assert listed["resources"][0] == {
        "uri": "file:///readme",
        "name": "readme",
        "title": "Read me",
        "description": "What to read first.",
        "mimeType": "text/markdown",
        "icons": [{"src": "https://x.example/i.png", "mimeType": "image/png", "sizes": ["48x48"]}],
        "annotations": {"audience": ["user"], "priority": 0.8, "lastModified": "2026-01-12T15:00:58Z"},
        "size": 6,
        "_meta": {"example.com/a": 1},
    }
    assert (listed["ttlMs"], listed["cacheScope"]) == (60_000, "public")


async def test_templates_have_a_list_of_their_own(server: MCPServer) -> None:
    """Resource templates."""
    listed = await Desk(server).ask("resources/templates/list")
    assert [each["uriTemplate"] for each in listed["resourceTemplates"]] == ["thing://{number}", "files://{+path}"]
    assert "thing://{number}" not in {each["uri"] for each in (await Desk(server).ask("resources/list"))["resources"]}


async def test_text_is_read_as_text_with_its_type(server: MCPServer) -> None:
    assert await contents(server, "file:///readme") == [
        {"uri": "file:///readme", "mimeType": "text/markdown", "text": "# Hi\n"}
    ]


async def test_values_are_read_as_json(server: MCPServer) -> None:
    assert await contents(server, "thing://3") == [
        {"uri": "thing://3", "mimeType": "application/json", "text": '{"x":3,"y":3}'}
    ]


async def test_bytes_are_read_as_a_blob(server: MCPServer) -> None:
    """Data types: binary content; the rest of the path is one variable, percent-decoded."""
    (blob,) = await contents(server, "files://a/b%20c.bin")
    assert (blob["mimeType"], base64.b64decode(blob["blob"])) == ("application/octet-stream", b"a/b c.bin")


async def test_one_address_may_have_several_contents(server: MCPServer) -> None:
    first, second = await contents(server, "album://all")
    assert first == {"uri": "album://all", "mimeType": "text/plain", "text": "a"}
    assert second == {"uri": "album://1", "mimeType": "image/png", "blob": "iQ=="}


@pytest.mark.parametrize(
    "uri",
    [
        "nothing://",
        "thing://",
        "thing://a",
        "thing://3/4",
        "thing://404",
        "FILE:///readme",
        "files://",
        7,
        None,
        ["file:///readme"],
    ],
)
async def test_what_is_not_there_is_not_found(server: MCPServer, uri: Any) -> None:
    """Error handling: -32602, with the address, and never an empty list."""
    with pytest.raises(ResourceNotFound) as missing:
        await Desk(server).ask("resources/read", uri=uri)
    assert (missing.value.code, missing.value.data) == (-32602, {"uri": uri})


async def test_earlier_revisions_have_a_code_of_their_own_for_it(server: MCPServer) -> None:
    """2025-11-25, resources: error handling."""
    with pytest.raises(ResourceNotFound) as missing:
        await Desk(server).ask_earlier("resources/read", uri="nothing://")
    assert missing.value.code == -32002


async def test_refusal_of_the_author_reaches_the_client(server: MCPServer) -> None:
    with pytest.raises(InvalidParams, match="Seven is being painted"):
        await contents(server, "thing://7")


async def test_t14_fault_is_an_internal_error_with_a_reference(
    server: MCPServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Error handling: -32603; OWASP ASVS 16.5.1."""
    with pytest.raises(InternalError) as fault:
        await contents(server, "thing://13")
    assert fault.value.code == -32603
    assert "secret" not in fault.value.message
    assert "secret" in caplog.text


@pytest.mark.parametrize(("uri", "ttl", "scope"), [("file:///readme", 60_000, "public"), ("thing://3", 0, "private")])
async def test_what_may_depend_on_the_reader_is_private(server: MCPServer, uri: str, ttl: int, scope: str) -> None:
    """Utilities: caching."""
    read = await Desk(server).ask("resources/read", uri=uri)
    assert (read["ttlMs"], read["cacheScope"]) == (ttl, scope)


async def test_what_is_made_for_each_request_may_depend_on_the_reader() -> None:
    """Utilities: caching; a provider may look at who asks. What is provided once is everybody's."""
    server = MCPServer("shop")
    server.provide(Point, Point(1, 2))

    @server.provider
    async def cart(user: User | None) -> list[str]:
        return [user.name] if user else []

    @server.resource("shop://cart", public=True, ttl=600)
    async def mine(cart: list[str]) -> str:
        return " ".join(cart)

    @server.resource("shop://place", public=True, ttl=600)
    async def place(point: Point) -> str:
        return f"{point.x}"

    assert [
        (await Desk(server).ask("resources/read", uri=f"shop://{name}"))["cacheScope"] for name in ("cart", "place")
    ] == ["private", "public"]


async def test_resource_can_come_and_go(server: MCPServer) -> None:
    server.remove_resource("file:///readme")
    server.remove_resource("thing://{number}")
    for uri in ("file:///readme", "thing://3"):
        with pytest.raises(ResourceNotFound):
            await contents(server, uri)


def test_parameters_must_be_the_variables() -> None:
    server = MCPServer("wrong")
    with pytest.raises(TypeError, match="must be the variables of"):

        @server.resource("a://{name}")
        def read(other: str) -> str:
            return other


@pytest.mark.parametrize(
    "text",
    [
        "a://{?query}/{x}",
        "a://{#x}",
        "a://{/x}",
        "a://{?x*}",
        "a://{x}{?x}",
        "a://{x,y}",
        "a://{",
        "a://{x:3}",
        "a://{x}/{x}",
    ],
)
def test_template_that_cannot_be_read_backwards_is_refused(text: str) -> None:
    """RFC 6570: only what leads to one reading."""
    with pytest.raises(ValueError, match=r"URI template"):
        UriTemplate(text)


@pytest.mark.parametrize(
    ("template", "uri", "values"),
    [
        ("a://{x}", "a://1", {"x": "1"}),
        ("a://{x}", "a://", None),
        ("a://{x}", "a://1/2", None),
        ("a://{x}", "a://1?y", None),
        ("a://{x}/b/{y}", "a://1/b/2", {"x": "1", "y": "2"}),
        ("a://{+x}", "a://1/2", {"x": "1/2"}),
        ("a://{x*}", "a://1/2", {"x": "1/2"}),
        ("a://{x}", "a://%C3%A4%20b", {"x": "ä b"}),
        ("a://{x}", "a://100%25", {"x": "100%"}),
        ("a://{x}", "a://a%2520b", {"x": "a%20b"}),
        ("a://{x}", "a://...", {"x": "..."}),
        ("a://{x}", "a://.git", {"x": ".git"}),
        ("a://{x}", "a://%FF", None),
        ("a://{x}", "a://" + "b" * 5000, None),
        ("a://{+x}", "a://1/.../a..b/2/", {"x": "1/.../a..b/2/"}),
        ("a://{+x}", "a://1?y=2#3", {"x": "1?y=2#3"}),
        ("a://b{?x,y}", "a://b?x=1&y=%C3%A4/%26", {"x": "1", "y": "ä/&"}),
        ("a://b{?x,y}", "a://b?y=", {"y": ""}),
        ("a://b{?x,y}", "a://b", {}),
        ("a://b{?x,y}", "a://b?x=1&x=2", None),
        ("a://b{?x,y}", "a://b?z=1", None),
        ("a://b?k=1{&x}", "a://b?k=1&x=2", {"x": "2"}),
        ("a://{x}{?y}", "a://1?y=2", {"x": "1", "y": "2"}),
        ("a.b://{x}", "aXb://1", None),
        ("a://", "a://", {}),
    ],
)
def test_address_is_read_by_its_template(template: str, uri: str, values: dict[str, str] | None) -> None:
    """RFC 6570 sections 3.2.2, 3.2.3, 3.2.8 and 3.2.9, backwards."""
    assert UriTemplate(template).read(uri) == values


UPWARDS = [
    "..",
    ".",
    "%2e%2E",
    ".%2e",
    "%252e%252e",
    "%2525%32%65.",
    "..%20",
    "..%00",
    "a%00",
    "%0a",
    "a%0d%0ab",
    "%7f",
    "%C2%85",
    "..%5C..%5Cetc",
    "a%5Cb",
    "a\\b",
    "%255c",
]
SLASHES = ["..%2F..%2Fetc%2Fhostname", "a%2Fb", "a%2fb", "%2Fetc", "a%252Fb", "%25252Fetc"]
OUTSIDE = [
    "../b",
    "a/../../b",
    "a/..",
    "a/./b",
    "/etc",
    "//host/share",
    "%2Fetc/passwd",
    "a/%2e%2e/b",
    "a%2F..%2Fb",
    "a/%252e%252e%252fb",
    "C:/b",
    "c:b",
    "c%3A%5Cb",
    "a/.. /b",
]


@pytest.mark.parametrize("value", UPWARDS + SLASHES)
def test_segment_is_one_segment_however_it_is_encoded(value: str) -> None:
    """MCP 2026-07-28, server: resources: servers must sanitize file paths.

    RFC 3986 section 7.3: decoding before the split, or twice, gives another address.
    """
    assert UriTemplate("doc://{name}").read(f"doc://{value}") is None
    assert UriTemplate("doc://{name}/text").read(f"doc://{value}/text") is None


@pytest.mark.parametrize("value", UPWARDS + OUTSIDE)
@pytest.mark.parametrize("template", ["doc://{+path}", "doc://{path*}", "doc://x?p={+path}", "doc://x{?path}"])
def test_path_does_not_leave_where_it_begins(template: str, value: str) -> None:
    """MCP 2026-07-28, server: resources, security considerations."""
    uri = template.replace("{+path}", value).replace("{path*}", value).replace("{?path}", f"?path={value}")
    assert UriTemplate(template).read(uri) is None


def test_author_may_take_any_value_by_name() -> None:
    assert UriTemplate("doc://{name}", frozenset({"name"})).read("doc://..%2Fa%00") == {"name": "../a\0"}
    with pytest.raises(ValueError, match="no variable other"):
        UriTemplate("doc://{name}", frozenset({"other"}))


async def test_what_leads_elsewhere_is_not_found_and_reaches_no_function() -> None:
    """Error handling: -32602; before 2026-07-28 it is -32002."""
    server, seen = MCPServer("documents"), []

    @server.resource("doc://{name}")
    def document(name: str) -> str:
        seen.append(name)
        return name

    @server.resource("tree://{+path}{?depth}")
    def tree(path: str, depth: int = 1) -> str:
        seen.append(path)
        return f"{path} {depth}"

    @server.resource("raw://{+path}", unchecked=["path"])
    def raw(path: str) -> str:
        return path

    for uri in (
        "doc://..%2F..%2Fetc%2Fhostname",
        "doc://%2e%2e",
        "tree://a/%2e%2e/%2e%2e/b",
        "tree:///etc/passwd",
        "tree://a?depth=x",
    ):
        with pytest.raises(ResourceNotFound):
            await Desk(server).ask("resources/read", uri=uri)
        with pytest.raises(ResourceNotFound) as missing:
            await Desk(server).ask_earlier("resources/read", uri=uri)
        assert missing.value.code == -32002
    assert seen == []
    assert [(await contents(server, uri))[0]["text"] for uri in ("tree://a/b", "raw://../a")] == ["a/b 1", "../a"]


async def test_what_leads_elsewhere_is_not_completed() -> None:
    """Utilities: completion: what was typed so far is a path as well, and so are the other variables."""
    server, seen = MCPServer("documents"), []

    @server.resource("tree://{name}/{+path}")
    def tree(name: str, path: str) -> str:
        return name + path

    @server.completion("tree://{name}/{+path}", "path")
    def complete(value: str, others: dict[str, str]) -> list[str]:
        seen.append(value)
        return [f"{value}b"]

    async def completed(value: str, **others: str) -> list[str]:
        ref = {"type": "ref/resource", "uri": "tree://{name}/{+path}"}
        answer = await Desk(server).ask(
            "completion/complete", ref=ref, argument={"name": "path", "value": value}, context={"arguments": others}
        )
        return list(answer["completion"]["values"])

    assert await completed("a/", name="x") == ["a/b"]
    assert await completed("../") == await completed("/etc/") == await completed("a/", name="../x") == []
    assert seen == ["a/"]


async def test_reader_of_a_resource_is_who_asks(server: MCPServer) -> None:
    assert (await contents(server, "thing://1"))[0]["text"] == f'{{"x":1,"y":{len(ADA.name)}}}'
