"""The consent page says who asks, for what, and where the answer goes (MCP 2026-07-28, security best practices:
confused deputy).
"""

import re
from html import unescape

from mcpserver.oauth.protocol.models import Client, ClientKind

from ..asker import REDIRECT_URI, Asker


async def test_page_names_client_host_account_and_permissions(asker: Asker) -> None:
    await asker.register(client_name="Notes app", client_uri="https://c.example/about")
    page = (await asker.ask(scope="notes:write profile")).text
    for text in (
        "Notes app",
        "c.example",
        "https://c.example/about",
        "ada",
        "Add and delete your notes",
        "See your name and e-mail address",
    ):
        assert text in page
    assert "Read your notes" not in page


async def test_page_warns_of_programs_on_this_computer(asker: Asker) -> None:
    """RFC 8252 section 8.6: any program could ask in this name."""
    await asker.register(redirect_uris=["http://127.0.0.1/cb"])
    assert "A program on this computer" in (await asker.ask(redirect_uri="http://127.0.0.1:7/cb")).text
    await asker.register(redirect_uris=[REDIRECT_URI])
    assert "A program on this computer" not in (await asker.ask()).text


async def test_page_says_when_the_operator_vouches(asker: Asker) -> None:
    await asker.service.store.add_client(Client("known", "Known", (REDIRECT_URI,), ClientKind.OPERATOR, 1))
    asker.client_id = "known"
    page = (await asker.ask()).text
    assert "Verified by the operator" in page
    assert "Unverified application" not in page


async def test_page_lets_the_form_lead_to_the_client(asker: Asker) -> None:
    """CSP level 3, form-action: browsers hold redirects after a form to it, so it would stop the answer."""
    page = await asker.ask()
    assert "form-action" not in page.headers["Content-Security-Policy"]
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"


async def test_denial_goes_back_to_the_client(asker: Asker) -> None:
    """OAuth 2.1 section 4.1.2.1."""
    answer = (await asker.decide(await asker.ask(), decision="deny")).redirect
    assert (answer["error"], answer["state"]) == ("access_denied", "xyz")


async def test_decision_is_not_taken_from_somebody_who_is_not_signed_in(visitor: Asker) -> None:
    answer = await visitor.send("POST", "/consent", data={"decision": "allow"})
    assert (answer.status, answer.location) == (403, None)


async def test_account_that_was_disabled_while_deciding_shares_nothing(asker: Asker) -> None:
    page = await asker.ask()
    account = (await asker.service.store.list_accounts())[0]
    await asker.service.store.disable_account(account.id, now=asker.service.sources.now())
    answer = await asker.decide(page)
    assert (answer.status, answer.location) == (403, None)


async def test_page_shows_the_policy_and_the_terms_and_loads_no_picture(asker: Asker) -> None:
    """RFC 7591 section 2: policy_uri and tos_uri are for the person who decides; the whole address, so that nobody
    is led astray by a name.
    """
    await asker.register(
        policy_uri="https://c.example/privacy", tos_uri="https://c.example/terms", logo_uri="https://c.example/logo.png"
    )
    page = (await asker.ask()).text
    for address in ("https://c.example/privacy", "https://c.example/terms"):
        assert re.search(f'<a href="{address}" rel="[^"]*noreferrer[^"]*"[^>]*>{address}</a>', page)
    assert "logo.png" not in page


async def test_page_says_once_what_to_beware_of(asker: Asker) -> None:
    await asker.register(redirect_uris=["http://127.0.0.1/cb"])
    page = (await asker.ask(redirect_uri="http://127.0.0.1:7/cb")).text
    assert page.count("Continue only if") == 1


async def test_somebody_else_signs_in_and_decides(asker: Asker) -> None:
    """From the consent page to that of another account, with the same request."""
    page = (await asker.ask(state="mine")).text
    found = re.search(r'class="another" href="([^"]+)"', page)
    assert found
    choice = await asker.send("GET", unescape(found[1]))
    assert "or sign in with another account" in choice.text
    back = re.search(r'name="next" value="([^"]+)"', choice.text)
    assert back
    assert "Allow" in (await asker.send("GET", unescape(back[1]))).text


async def test_sign_in_page_names_who_asks(visitor: Asker) -> None:
    """Also after a wrong password; a name that nobody vouches for is told as a claim."""
    await visitor.register(client_name="Notes <app>")
    page = await visitor.ask()
    assert "An application that calls itself <strong>Notes &lt;app&gt;</strong> wants to connect" in page.text
    fields = {name: unescape(value) for name, value in re.findall(r'name="(csrf|next)" value="([^"]*)"', page.text)}
    again = await visitor.send("POST", "/login", data={**fields, "login": "ada", "password": "wrong"})
    assert (again.status, "Notes &lt;app&gt;" in again.text) == (401, True)
    await visitor.service.store.add_client(Client("known", "Known", (REDIRECT_URI,), ClientKind.OPERATOR, 1))
    visitor.client_id = "known"
    assert "<strong>Known</strong> wants to connect" in (await visitor.ask()).text
