"""Links to the texts of rules: RFCs, the OAuth 2.1 draft, the MCP specification, Web standards."""

import re

SECTION = r"(?:,? sections? (?P<section>[A-Z]?\d*(?:\.\d+)*))?"
RFC = re.compile(rf"RFC (?P<number>\d+){SECTION}")
DRAFT = re.compile(rf"OAuth 2\.1{SECTION}")
MCP_PAGE = re.compile(r"MCP (?P<revision>\d{4}-\d\d-\d\d)(?:, (?P<page>.*))?")
SPECIFICATION = "https://modelcontextprotocol.io/specification/"
AUTHORIZATION = "basic/authorization"
PAGES = (
    ("registration", f"{AUTHORIZATION}/client-registration"),
    ("client id metadata", f"{AUTHORIZATION}/client-registration#client-id-metadata-documents"),
    ("fallbacks", AUTHORIZATION),
    ("application type", f"{AUTHORIZATION}/client-registration"),
    ("authorization server discovery", f"{AUTHORIZATION}/authorization-server-discovery"),
    ("authorization code protection", f"{AUTHORIZATION}/security-considerations#authorization-code-protection"),
    ("audience", f"{AUTHORIZATION}/security-considerations#token-audience-binding-and-validation"),
    ("authorization response validation", f"{AUTHORIZATION}#authorization-response-validation"),
    ("scope selection", f"{AUTHORIZATION}#scope-selection-strategy"),
    ("step-up", f"{AUTHORIZATION}#step-up-authorization-flow"),
    ("scope challenge", f"{AUTHORIZATION}#scope-challenge-handling"),
    ("token handling", f"{AUTHORIZATION}#token-handling"),
    ("authorization", AUTHORIZATION),
    ("server/discover", "server/discover"),
    ("request metadata", "basic/transports/streamable-http#request-metadata"),
    ("streamable http", "basic/transports/streamable-http"),
    ("session", "basic/transports"),
    ("lifecycle", "basic/lifecycle"),
    ("versioning", "basic/versioning"),
    ("tools", "server/tools"),
    ("resources", "server/resources"),
    ("prompts", "server/prompts"),
    ("completion", "server/utilities/completion"),
    ("logging", "server/utilities/logging"),
    ("pagination", "server/utilities/pagination"),
    ("caching", "server/utilities/caching"),
    ("subscriptions", "basic/patterns/subscriptions"),
    ("progress", "basic/patterns/progress"),
    ("cancel", "basic/patterns/cancellation"),
    ("mrtr", "basic/patterns/mrtr"),
    ("multi round-trip", "basic/patterns/mrtr"),
    ("elicitation", "client/elicitation"),
    ("sampling", "client/sampling"),
    ("roots", "client/roots"),
    ("ping", "basic/utilities/ping"),
    ("sse", "basic/transports"),
    ("tasks", "basic/utilities/tasks"),
)
EXTENSIONS = (("tasks", "https://modelcontextprotocol.io/extensions/tasks/overview"),)
SPLIT_SINCE = "2026-07-28"
"""First revision in which authorization and transports have several pages, and former utilities are called patterns."""


def read_at(rule: str) -> str:
    """The address of the text that a rule names; empty when the text is not known."""
    if found := RFC.match(rule):
        anchor = f"#section-{found['section']}" if found["section"] else ""
        return f"https://www.rfc-editor.org/rfc/rfc{found['number']}.html{anchor}"
    if found := DRAFT.match(rule):
        anchor = f"#section-{found['section']}" if found["section"] else ""
        return f"https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1{anchor}"
    if found := MCP_PAGE.match(rule):
        page = (found["page"] or "").lower()
        return (
            _extension(found["revision"], page) or f"{SPECIFICATION}{found['revision']}{_page(found['revision'], page)}"
        )
    return ""


def _page(revision: str, page: str) -> str:
    path = next((path for word, path in PAGES if word in page), "")
    if revision < SPLIT_SINCE:
        whole = next((known for known in (AUTHORIZATION, "basic/transports") if path.startswith(known)), path)
        path = whole.replace("basic/patterns", "basic/utilities")
    return f"/{path}" if path else ""


def _extension(revision: str, page: str) -> str:
    """The address of a feature that has become an extension since; empty for others."""
    return next((address for word, address in EXTENSIONS if revision >= SPLIT_SINCE and word in page), "")
