"""The same tables over what both programs read of OAuth and MCP, each with code of its own.

The service must publish nothing that the web client refuses. It may be stricter, for its author can be told; where it
is, the table says why.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from multidict import CIMultiDict, CIMultiDictProxy

from mcpserver import MCPServer
from mcpserver.mcp.features.skills import SkillError
from mcpserver.mcp.protocol.errors import HeaderMismatch
from mcpserver.mcp.schema.json_schema import SchemaError, compile_schema
from mcpserver.mcp.schema.tool_schema import header_parameters
from mcpserver.oauth.discovery.metadata import server_metadata
from mcpserver.oauth.protocol.errors import BearerError
from mcpserver.oauth.protocol.scopes import ScopeCatalog
from mcpserver.oauth.resource.challenges import Challenges
from mcpserver.principal import Later, User
from mcpserver.settings import Settings
from mcpserver.transports.http.headers import _decode, _require_one
from mcpserver.web.well_known.protected_resource import resource_metadata
from tests.mcp.desk import Desk
from webclient.errors import FlowError, Untrusted
from webclient.http.challenges import parse_challenges
from webclient.mcp.protocol.parameters import InvalidTool, header_value, mirrored
from webclient.mcp.protocol.schemas import Mismatch, Unusable, require_fit
from webclient.mcp.protocol.skills import require_verified
from webclient.mcp.protocol.tools import read_tool
from webclient.oauth.discovery import issuer_metadata_urls, resource_metadata_urls
from webclient.oauth.metadata import read_issuer, read_resource
from webclient.trace import Notes
from webclient.wire import Skill

Schema = dict[str, Any]
D7 = "http://json-schema.org/draft-07/schema#"
D2020 = "https://json-schema.org/draft/2020-12/schema"


def nested(levels: int) -> Schema:
    schema: Schema = {}
    for _ in range(levels):
        schema = {"items": schema}
    return schema


def doubling(levels: int) -> Schema:
    definitions = {f"d{level}": {"allOf": [{"$ref": f"#/$defs/d{level + 1}"}] * 2} for level in range(levels)}
    return {"$ref": "#/$defs/d0", "$defs": {**definitions, f"d{levels}": {}}}


def properties(**each: Any) -> Schema:
    return {"type": "object", "properties": each}


USED: dict[str, Schema] = {
    "anything": {},
    "2020-12": {"$schema": D2020},
    "2020-12 with a hash": {"$schema": D2020 + "#"},
    "draft-07": {"$schema": D7, "items": [{}], "additionalItems": False},
    "draft-07 dependencies": {"$schema": D7, "dependencies": {"a": ["b"]}},
    "definition": {"$ref": "#/$defs/x", "$defs": {"x": {"type": "object"}}},
    "escaped pointer": {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {}}},
    "percent-encoded pointer": {"$ref": "#/$defs/a%20b", "$defs": {"a b": {}}},
    "anchor": {"$ref": "#x", "$defs": {"x": {"$anchor": "x"}}},
    "dynamic anchor": {"$dynamicRef": "#n", "$defs": {"n": {"$dynamicAnchor": "n"}}},
    "itself": properties(a={"$ref": "#"}),
    "itself by an empty reference": properties(a={"$ref": ""}),
    "$id at the root": {"$id": "https://a.example/s", "$ref": "#/$defs/x", "$defs": {"x": {}}},
    "reference in a default": {"default": {"$ref": "https://b.example/"}},
    "reference in a constant": {"const": {"$ref": "https://b.example/"}},
    "reference in a choice": {"enum": [{"$ref": "https://b.example/"}]},
    "reference in an example": {"examples": [{"$ref": "https://b.example/"}]},
    "property called $ref": properties(**{"$ref": {"type": "string"}}),
    "part under a keyword of one's own": {**properties(a={"$ref": "#/x-defs/a"}), "x-defs": {"a": {"type": "string"}}},
    "yes and no as schemas": properties(a=True, b=False),
    "class of characters": properties(a={"pattern": "\\p{L}+"}),
    "format that nobody knows": properties(a={"format": "zzz"}),
    "no choice": {"enum": []},
    "many levels": nested(47),
    "many parts": properties(**{f"p{number}": {} for number in range(1900)}),
}
"""Taken by both."""

REFUSED: dict[str, Schema] = {
    "draft-04": {"$schema": "http://json-schema.org/draft-04/schema#"},
    "2019-09": {"$schema": "https://json-schema.org/draft/2019-09/schema"},
    "draft-07 by https": {"$schema": "https://json-schema.org/draft-07/schema"},
    "dialect that is no text": {"$schema": 5},
    "reference elsewhere": {"$ref": "https://b.example/s"},
    "reference to a file": {"$ref": "other.json"},
    "reference that is no text": {"$ref": 5},
    "definition that is missing": {"$ref": "#/$defs/no"},
    "anchor that is missing": {"$ref": "#y"},
    "reference elsewhere in what nothing refers to": {"$defs": {"a": {"$ref": "https://b.example/"}}},
    "reference elsewhere under a keyword of one's own": {"x-note": {"$ref": "https://b.example/"}},
    "type that does not exist": {"type": "objekt"},
    "required that is no list": {"required": "a"},
    "pattern that is none": {"pattern": "("},
    "properties that are a list": {"properties": []},
    "bound that is a text": {"minimum": "1"},
    "draft-04 bound": {"exclusiveMinimum": True},
    "draft-07 tuple in 2020-12": {"items": [{}]},
    "$id that is an anchor": {"$id": "#foo"},
    "$id that is no text": {"$id": 5},
    "one name twice": {"$defs": {"a": {"$id": "https://a.example/x"}, "b": {"$id": "https://a.example/x"}}},
    "too many levels": nested(64),
    "too many levels in a default": {"default": json.loads("[" * 70 + "]" * 70)},
    "too many parts": properties(**{f"p{number}": {} for number in range(21_000)}),
    "few parts that become too many": doubling(20),
}
"""Refused by both (MCP 2026-07-28, basic: JSON Schema usage)."""

STRICTER: dict[str, Schema] = {
    "a dialect within: an author says it once, at the root": properties(a={"$schema": D2020}),
    "an $id within: it would change what references mean; an author has $anchor": properties(
        a={"$id": "https://a.example/x"}
    ),
    "the root by its name: an author writes #": {
        "$id": "https://a.example/s",
        **properties(a={"$ref": "https://a.example/s#/$defs/x"}),
        "$defs": {"x": {}},
    },
    "draft-07's anchors: an author has pointers": {
        "$schema": D7,
        **properties(a={"$ref": "#x"}),
        "definitions": {"x": {"$id": "#x"}},
    },
    "a missing definition that nothing needs: an author's slip": {"$defs": {"a": {"$ref": "#/no"}}},
    "lookahead: no bounded time for many values; the client bounds its steps": properties(a={"pattern": "^(?=a)a"}),
    "a reference backwards, likewise": properties(a={"pattern": "(a)\\1"}),
    "more levels than fit into a message beside the rest": nested(60),
    "more parts than an author writes by hand": properties(**{f"p{number}": {} for number in range(2100)}),
}
"""Refused by the service alone, for the reason named: the client has to work with others' servers."""


def is_published(schema: Schema) -> bool:
    try:
        compile_schema(schema)
    except SchemaError:
        return False
    return True


def is_used(schema: Schema) -> bool:
    try:
        require_fit({}, schema)
    except Mismatch:
        return True
    except Unusable:
        return False
    return True


@pytest.mark.parametrize("name", USED)
def test_schema_is_published_and_used(name: str) -> None:
    assert (is_published(USED[name]), is_used(USED[name])) == (True, True)
    assert read_tool({"name": "a", "inputSchema": USED[name], "outputSchema": USED[name]})["outputSchema"] == USED[name]


@pytest.mark.parametrize("name", REFUSED)
def test_schema_is_refused_on_both_sides(name: str) -> None:
    assert (is_published(REFUSED[name]), is_used(REFUSED[name])) == (False, False)


@pytest.mark.parametrize("name", STRICTER)
def test_schema_is_used_although_it_would_not_be_published(name: str) -> None:
    assert (is_published(STRICTER[name]), is_used(STRICTER[name])) == (False, True)


REGION: Schema = {"type": "string", "x-mcp-header": "Region"}
MARKED: dict[str, tuple[Schema, dict[str, tuple[str, ...]]]] = {
    "text": (properties(a=REGION), {"Region": ("a",)}),
    "integer": (properties(a={**REGION, "type": "integer"}), {"Region": ("a",)}),
    "boolean": (properties(a={**REGION, "type": "boolean"}), {"Region": ("a",)}),
    "property of a property": (properties(a=properties(b=REGION)), {"Region": ("a", "b")}),
    "none": (properties(a={"type": "string"}), {}),
    "property called like the mark": (properties(**{"x-mcp-header": {"type": "string"}}), {}),
    "property called like the mark, and marked": (
        properties(**{"x-mcp-header": REGION}),
        {"Region": ("x-mcp-header",)},
    ),
    "property called like the mark, of any kind": (properties(**{"x-mcp-header": True}), {}),
    "definition called like the mark": ({**properties(), "$defs": {"x-mcp-header": {"type": "string"}}}, {}),
    "required property called like the mark": (
        {**properties(a=REGION), "required": ["x-mcp-header"]},
        {"Region": ("a",)},
    ),
    "what depends on it": ({**properties(a=REGION), "dependentRequired": {"x-mcp-header": ["a"]}}, {"Region": ("a",)}),
    "default that looks like it": (properties(a={"type": "object", "default": {"x-mcp-header": "A"}}), {}),
    "constant that looks like it": (properties(a={"const": {"x-mcp-header": "A"}}), {}),
    "choice that looks like it": (properties(a={"enum": [{"x-mcp-header": "A"}]}), {}),
    "example that looks like it": (properties(a={"type": "string", "examples": [{"x-mcp-header": "A"}]}), {}),
}
"""Schemas, and the property that each header is made from."""

NO_NAMES: list[Any] = ["", "a b", "a:b", "a\n", "é", 1, None, True, {}, []]
MISMARKED: dict[str, Schema] = {
    "number": properties(a={**REGION, "type": "number"}),
    "no type": properties(a={"x-mcp-header": "A"}),
    "two types": properties(a={"x-mcp-header": "A", "type": ["string", "null"]}),
    "object": properties(a={**properties(b={"type": "string"}), "x-mcp-header": "A"}),
    "list": properties(a={"type": "array", "x-mcp-header": "A"}),
    **{f"name {name!r}": properties(a={**REGION, "x-mcp-header": name}) for name in NO_NAMES},
    "twice": properties(a=REGION, b=REGION),
    "twice in other letters": properties(a=REGION, b={**REGION, "x-mcp-header": "rEGION"}),
    "twice at other levels": properties(a=REGION, b=properties(c=REGION)),
    "root": {"type": "object", "x-mcp-header": "A"},
    "items": properties(a={"type": "array", "items": REGION}),
    "properties of items": properties(a={"type": "array", "items": properties(b=REGION)}),
    "prefixItems": properties(a={"prefixItems": [REGION]}),
    "contains": properties(a={"contains": REGION}),
    "anyOf": properties(a={"anyOf": [REGION]}),
    "properties of anyOf": properties(a={"anyOf": [properties(b=REGION)]}),
    "allOf at the root": {"type": "object", "allOf": [properties(a=REGION)]},
    "if": {"if": properties(a=REGION)},
    "not": {"not": properties(a=REGION)},
    "$defs": {**properties(), "$defs": {"x": REGION}},
    "$ref": {"$defs": {"x": REGION}, **properties(a={"$ref": "#/$defs/x"})},
    "definitions": {"definitions": {"x": REGION}},
    "additionalProperties": {"type": "object", "additionalProperties": REGION},
    "patternProperties": {"patternProperties": {"a": REGION}},
    "propertyNames": properties(a={"propertyNames": REGION}),
    "unevaluatedProperties": properties(a={"unevaluatedProperties": REGION}),
    "dependentSchemas": {"dependentSchemas": {"a": properties(b=REGION)}},
    "dependencies": {"dependencies": {"a": properties(b=REGION)}},
    "contentSchema": properties(a={"type": "string", "contentSchema": REGION}),
    "keyword of one's own": properties(a={"type": "string", "x-other": REGION}),
    "list under a keyword of one's own": properties(a={"type": "string", "x-other": [REGION]}),
}
"""Streamable HTTP, schema extension: each makes a client leave the tool out."""


@pytest.mark.parametrize("name", MARKED)
def test_marked_parameters_are_the_same_for_both(name: str) -> None:
    schema, expected = MARKED[name]
    headers = {f"Mcp-Param-{header}": path for header, path in expected.items()}
    assert header_parameters(schema) == headers
    assert {header: path for path, header in mirrored(schema).items()} == headers


@pytest.mark.parametrize("name", MISMARKED)
def test_wrong_mark_is_refused_on_both_sides(name: str) -> None:
    with pytest.raises(TypeError):
        header_parameters(MISMARKED[name])
    with pytest.raises(InvalidTool):
        mirrored(MISMARKED[name])


@pytest.mark.parametrize(
    "value",
    [
        "us-west1",
        "",
        " padded ",
        "tab\tinside",
        "日本語",
        "=?base64?YQ==?=",
        "line\nbreak",
        "nul\0",
        "é",
        "=?base64?",
        "?=",
    ],
)
def test_header_that_the_client_writes_is_the_value_that_the_server_reads(value: str) -> None:
    """Streamable HTTP: value encoding."""
    headers = CIMultiDictProxy(CIMultiDict({"Mcp-Param-A": header_value(value)}))
    assert _decode("Mcp-Param-A", _require_one(headers, "Mcp-Param-A")) == value


@pytest.mark.parametrize("value", ["=?base64?%%%?=", "=?base64?/w==?="])
def test_header_that_no_client_of_ours_writes_is_refused(value: str) -> None:
    with pytest.raises(HeaderMismatch):
        _decode("Mcp-Param-A", value)


HEAD = "name: refunds\ndescription: How to refund"
TAUGHT = {
    "words of YAML 1.1": f"---\n{HEAD}\nok: yes\nsince: 2026-01-12\nversion: 1.10\nwhen: 12:30:45\n---\nText",
    "every kind": f"---\n{HEAD}\na: [1, -2, 1.5, true, null, 'x']\nb: {{c: {{d: 1e3}}}}\nbig: {'9' * 300}\n---\nText",
    "a mark, and Windows": f"\ufeff---\r\n{HEAD}\r\n---\r\nText",
    "other letters": f"---\n{HEAD}\ntitle: 返金 🪙\n---\n",
    "many lines": f"---\n{HEAD}\nmore: |\n  one\n  two\nfolded: >\n  one\n  two\n---\n",
    "a number with too many digits to be one": f"---\n{HEAD}\nbig: {'9' * 400}\n---\n",
    "tagged text": f"---\n{HEAD}\na: !!str 5\n---\n",
}
UNTAUGHT = {
    "aliases": f"---\n{HEAD}\na: &x [1]\nb: *x\n---\n",
    "a name that is no text": f"---\n{HEAD}\n1: one\n---\n",
    "infinity": f"---\n{HEAD}\na: .inf\n---\n",
    "no number": f"---\n{HEAD}\na: .nan\n---\n",
    "bytes": f"---\n{HEAD}\na: !!binary aGk=\n---\n",
    "a set": f"---\n{HEAD}\na: !!set {{x, y}}\n---\n",
    "an object": f"---\n{HEAD}\na: !!python/object/apply:os.getcwd []\n---\n",
    "too many levels": f"---\n{HEAD}\na: {'[' * 20}{']' * 20}\n---\n",
    "no end of levels": f"---\n{HEAD}\na: {'{b: ' * 3000}\n---\n",
    "too long": f"---\n{HEAD}\na: {'x' * 70_000}\n---\n",
    "half a character": f'---\n{HEAD}\na: "\\ud800"\n---\n',
    "a list": "---\n- name\n---\n",
    "nothing": "Text",
}


def teaching(folder: Path, manifest: str) -> MCPServer:
    (folder / "refunds").mkdir()
    (folder / "refunds" / "SKILL.md").write_bytes(manifest.encode("utf-8", "surrogatepass"))
    server = MCPServer("taught")
    server.add_skills(folder)
    return server


@pytest.mark.parametrize("name", TAUGHT)
async def test_skill_that_is_published_is_trusted(tmp_path: Path, name: str) -> None:
    """SEP-2640, integrity and verification: the client compares the frontmatter of the list with that of the file,
    each read by itself.
    """
    (entry,) = (await Desk(teaching(tmp_path, TAUGHT[name])).ask("skills/list"))["skills"]
    entry = json.loads(json.dumps(entry))
    require_verified(entry, entry["uri"], TAUGHT[name].encode())


@pytest.mark.parametrize("name", UNTAUGHT)
def test_skill_that_no_client_could_trust_is_not_published(tmp_path: Path, name: str) -> None:
    with pytest.raises(SkillError):
        teaching(tmp_path, UNTAUGHT[name])
    data = UNTAUGHT[name].encode("utf-8", "surrogatepass")
    uri = "skill://refunds/SKILL.md"
    entry: Skill = {"uri": uri, "frontmatter": {}, "resources": [{"uri": uri}]}
    with pytest.raises(Untrusted):
        require_verified(entry, uri, data)


SCOPES = ScopeCatalog.of(
    {"notes:read": "Read notes", "notes:write": "Write notes", "notes:purge": Later("Delete notes")}
)
CHALLENGES = Challenges("https://mcp.example/.well-known/oauth-protected-resource/mcp", SCOPES)
ADA = User(
    id="user_1", username="ada", name="Ada", email=None, client_id="c", grant_id="g", scopes=frozenset({"profile"})
)


@pytest.mark.parametrize(
    ("refusal", "scheme", "error", "scope"),
    [
        (CHALLENGES.unauthenticated(), "bearer", None, "profile notes:read notes:write"),
        (
            CHALLENGES.invalid_request("The token was sent twice."),
            "bearer",
            "invalid_request",
            "profile notes:read notes:write",
        ),
        (
            CHALLENGES.invalid_token("It has expired, or is a fake."),
            "bearer",
            "invalid_token",
            "profile notes:read notes:write",
        ),
        (
            CHALLENGES.invalid_token("It is bound to a key.", dpop=True),
            "dpop",
            "invalid_token",
            "profile notes:read notes:write",
        ),
        (CHALLENGES.insufficient_scope(ADA, ["notes:purge"]), "bearer", "insufficient_scope", "profile notes:purge"),
        (evolve(CHALLENGES, dpop_only=True).unauthenticated(), "dpop", None, "profile notes:read notes:write"),
    ],
    ids=["no token", "twice", "expired", "bound", "scope", "keys only"],
)
def test_challenge_says_to_the_client_what_the_server_means(
    refusal: BearerError, scheme: str, error: str | None, scope: str
) -> None:
    """RFC 9110 section 11.6.1, RFC 6750 section 3, RFC 9728 section 5.1, RFC 9449 section 7.1."""
    (challenge,) = parse_challenges([refusal.www_authenticate])
    assert challenge.scheme == scheme
    assert challenge.parameters["resource_metadata"] == CHALLENGES.resource_metadata_url
    assert challenge.parameters.get("error") == error
    assert challenge.parameters.get("error_description") == (refusal.description if error else None)
    assert set(challenge.parameters["scope"].split()) == set(scope.split())


PLACES = [
    "http://127.0.0.1:8000",
    "https://mcp.example",
    "https://mcp.example:8443",
    "https://mcp.example/notes",
    "https://mcp.example/a/b.c",
]
FEATURES: list[Mapping[str, Any]] = [
    {},
    {"registration": "off", "client_documents": False},
    {"dpop": "required"},
    {"dpop": "off", "pushed_requests": "off", "introspection": False, "device_authorization": False},
    {"openid": True, "pushed_requests": "required", "identity_providers": ("https://id.example",)},
]


@pytest.mark.parametrize("features", FEATURES, ids=lambda features: "-".join(features) or "defaults")
@pytest.mark.parametrize("place", PLACES)
def test_metadata_that_is_published_is_trusted(place: str, features: Mapping[str, Any]) -> None:
    """RFC 9728 section 3.3, RFC 8414 section 3.3: in the very name in which it was asked for."""
    settings = Settings(public_url=place, **features)
    document = json.loads(json.dumps(resource_metadata(settings, SCOPES, None)))
    resource = read_resource(document, settings.resource, Notes())
    assert (resource.resource, resource.issuers) == (settings.resource, (settings.issuer,))
    assert resource.scopes_supported == ("profile", "notes:read", "notes:write")
    described = json.loads(json.dumps(server_metadata(settings, SCOPES)))
    issuer = read_issuer(described, resource.issuers[0], settings.resource, Notes(), person=True)
    assert issuer.token_endpoint == f"{settings.issuer}/token"
    assert (issuer.registration_endpoint is None) == (settings.registration == "off")
    assert (issuer.documents, bool(issuer.dpop_algorithms)) == (settings.client_documents, settings.dpop != "off")
    assert issuer.iss_required


@pytest.mark.parametrize("place", PLACES)
def test_metadata_is_where_the_client_looks_first(place: str) -> None:
    """RFC 9728 section 3.1, RFC 8414 section 3.1."""
    settings = Settings(public_url=place)
    document = resource_metadata_urls(settings.resource)[0]
    assert document == settings.origin + "/.well-known/oauth-protected-resource" + settings.base + "/mcp"
    assert (
        issuer_metadata_urls(settings.issuer)[0]
        == settings.origin + "/.well-known/oauth-authorization-server" + settings.base
    )


@pytest.mark.parametrize(
    "changed", ["issuer", "authorization_endpoint", "token_endpoint", "code_challenge_methods_supported"]
)
def test_metadata_that_the_server_would_never_publish_is_refused(changed: str) -> None:
    settings = Settings(public_url="https://mcp.example")
    document = {**server_metadata(settings, SCOPES), changed: "http://evil.example"}
    with pytest.raises(FlowError):
        read_issuer(document, settings.issuer, settings.resource, Notes(), person=True)
