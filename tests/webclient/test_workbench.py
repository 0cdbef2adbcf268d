"""The workbench on its pages, with a real server that offers everything there is (tests/conformance/everything)."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import date

import pytest

from mcpserver import Context, MCPServer
from tests.conformance.server import server as everything
from tests.flow.server import serving
from webclient.pages.http.context import FEED
from webclient.pages.integration.questions import oddities
from webclient.results.markdown import as_html

from .browser import Browser, Page
from .conftest import Running
from .foreign import Foreign
from .test_live import heard


@pytest.fixture
async def server() -> AsyncIterator[str]:
    """The address of the server's MCP endpoint, which asks nobody to sign in."""
    async with serving(everything) as address:
        yield address


@pytest.fixture
async def page(browser: Browser, server: str) -> Page:
    return await browser.add(server)


async def answered(browser: Browser, page: Page, **fields: str) -> Page:
    return await browser.submit(page, page.form("/answer"), **{"do": "accept", **fields})


async def test_rooms_lead_to_each_other(browser: Browser, page: Page) -> None:
    for title, words in (
        ("Resources", "test://static-text"),
        ("Prompts", "test_simple_prompt"),
        ("Activity", "There are no calls yet"),
        ("Tools", "test_image_content"),
    ):
        assert words in (await browser.get(page.reader.links[title])).text


async def test_a_form_is_asked_and_its_answer_goes_on(browser: Browser, page: Page) -> None:
    """MCP 2026-07-28, elicitation: titled and untitled choices, one or many."""
    asking = await browser.call(page, "test_elicitation_sep1330_enums")
    assert "waits for you" in asking.text
    assert "Second Option" in asking.text
    done = await answered(
        browser,
        asking,
        **{"arg./titledSingle": '"value2"', "arg./untitledMulti": '"option1"', "arg./titledMulti": '"value3"'},
    )
    told = json.loads(done.text.partition("content=")[2].partition("}")[0] + "}")
    assert told == {"titledSingle": "value2", "untitledMulti": ["option1"], "titledMulti": ["value3"]}


async def test_defaults_are_filled_in_beforehand(browser: Browser, page: Page) -> None:
    """SEP-1034."""
    asking = await browser.call(page, "test_elicitation_sep1034_defaults")
    fields = asking.form("/answer").fields
    assert (fields["arg./name"], fields["arg./age"], fields["arg./status"], fields["arg./verified"]) == (
        "John Doe",
        "30",
        '"active"',
        "true",
    )
    assert '"score":95.5' in (await answered(browser, asking)).text


@pytest.mark.parametrize(("choice", "action"), [("decline", "decline"), ("cancel", "cancel")])
async def test_whoever_is_asked_may_refuse(browser: Browser, page: Page, choice: str, action: str) -> None:
    asking = await browser.call(page, "test_elicitation", message="Who are you?")
    assert "Who are you?" in asking.text
    assert f"action={action}" in (await browser.submit(asking, asking.form("/answer"), do=choice)).text


async def test_an_answer_that_does_not_fit_is_asked_for_again(browser: Browser, page: Page) -> None:
    asking = await browser.call(page, "test_elicitation", message="Who?")
    again = await answered(browser, asking)
    assert (again.status, "This field is required." in again.text) == (400, True)
    assert '"response":"Ada"' in (await answered(browser, again, **{"arg./response": "Ada"})).text


async def test_a_person_answers_in_the_models_place(browser: Browser, page: Page) -> None:
    """MCP 2026-07-28, sampling: a human in the loop sees the request and the answer."""
    asking = await browser.call(page, "test_sampling", prompt="What is two and two?")
    assert "What is two and two?" in asking.text
    empty = await answered(browser, asking, text=" ")
    assert (empty.status, "Enter an answer" in empty.text) == (400, True)
    assert "LLM response: Four" in (await answered(browser, empty, text="Four")).text
    declined = await browser.call(page, "test_sampling", prompt="Again?")
    assert "You declined" in (await browser.submit(declined, declined.form("/answer"), do="decline")).text


async def test_folders_are_told_by_hand(browser: Browser, page: Page) -> None:
    """MCP 2026-07-28, roots: file:// addresses only."""
    asking = await browser.call(page, "test_input_required_result_list_roots")
    wrong = await answered(browser, asking, text="/home/ada")
    assert (wrong.status, "begins with file://" in wrong.text) == (400, True)
    assert "Found file:///home/ada" in (await answered(browser, wrong, text="file:///home/ada\n")).text


async def test_several_questions_one_after_the_other(browser: Browser, page: Page) -> None:
    """MCP 2026-07-28, multi round-trip requests."""
    asking = await browser.call(page, "test_input_required_result_multi_round")
    second = await answered(browser, asking, **{"arg./name": "Ada"})
    assert "favorite color" in second.text
    assert "Ada likes green" in (await answered(browser, second, **{"arg./color": "green"})).text


async def test_a_question_is_answered_once(browser: Browser, page: Page) -> None:
    asking = await browser.call(page, "test_elicitation", message="Who?")
    done = await answered(browser, asking, **{"arg./response": "Ada"})
    late = await answered(browser, asking, **{"arg./response": "Mallory"})
    assert late.url == done.url
    assert "Mallory" not in late.text


async def test_a_call_under_way_is_cancelled(browser: Browser, page: Page) -> None:
    asking = await browser.call(page, "test_elicitation", message="Who?")
    assert "waits for you" in (await browser.get(f"{browser.room_of(page)}/calls")).text
    gone = await browser.submit(asking, asking.form("/cancel"))
    assert "You cancelled this call. It may have taken effect." in gone.text
    assert (
        "running" not in (await browser.get(f"{browser.room_of(page)}/calls")).text.partition("Flow trace Running")[0]
    )


async def test_a_page_hears_of_a_call_while_it_is_under_way(browser: Browser, page: Page) -> None:
    asking = await browser.call(page, "test_elicitation", message="Who?")
    part = f"operation-{asking.path.rpartition('/')[2]}"
    async with browser.session.get(f"{page.path}/events") as stream:
        answering = asyncio.create_task(answered(browser, asking, **{"arg./response": "Ada"}))
        assert f"data: {part}\n".encode() in [await stream.content.readline() for _ in range(4)]
        await answering
    assert '"response":"Ada"' in (await browser.get(f"{asking.path}/state")).text


async def test_what_the_server_says_meanwhile_is_kept(browser: Browser, page: Page) -> None:
    done = await browser.call(page, "test_tool_with_progress")
    assert "returned" in done.text
    assert "Running" not in done.text.partition("Flow trace")[0]


async def test_pictures_sounds_and_resources_are_shown(browser: Browser, page: Page) -> None:
    assert 'src="data:image/png;base64,' in (await browser.call(page, "test_image_content")).html
    assert 'src="data:audio/wav;base64,' in (await browser.call(page, "test_audio_content")).html
    embedded = await browser.call(page, "test_embedded_resource")
    assert "test://embedded-resource" in embedded.text


async def test_resources_are_read_and_templates_filled_in(browser: Browser, page: Page) -> None:
    """RFC 6570."""
    listed = await browser.get(f"{browser.room_of(page)}/resources")
    text = await browser.submit(listed, listed.form("/read", uri="test://static-text"))
    assert "This is the content of the static text resource." in text.text
    picture = await browser.submit(listed, listed.form("/read", uri="test://static-binary"))
    assert 'src="data:image/png;base64,' in picture.html
    filled = await browser.submit(
        listed, listed.form("/read", template="test://template/{id}/data"), **{"var.id": "4 2"}
    )
    assert "Data for ID: 4" in filled.text
    assert "test://template/4%202/data" in filled.text
    empty = await browser.submit(listed, listed.form("/read", uri=""))
    assert (empty.status, "Enter the address" in empty.text) == (400, True)


async def test_prompts_are_fetched_with_suggestions(browser: Browser, page: Page) -> None:
    """MCP 2026-07-28, completion."""
    listed = await browser.get(f"{browser.room_of(page)}/prompts")
    form = listed.form("/get", prompt="test_prompt_with_arguments")
    helped = await browser.submit(listed, form, **{"do": "suggest:arg1", "arg.arg1": "so"})
    assert "The server suggests: so1, so2" in helped.text
    assert helped.form("/get", prompt="test_prompt_with_arguments").fields["arg.arg1"] == "so"
    done = await browser.submit(helped, form, **{"arg.arg1": "so1", "arg.arg2": "x"})
    assert "arg1='so1', arg2='x'" in done.text
    failed = await browser.submit(listed, form, do="suggest:arg2")
    assert failed.status == 200


async def test_a_prompt_may_ask_too(browser: Browser, page: Page) -> None:
    listed = await browser.get(f"{browser.room_of(page)}/prompts")
    asking = await browser.submit(listed, listed.form("/get", prompt="test_input_required_result_prompt"))
    assert "Prompt with context: rain" in (await answered(browser, asking, **{"arg./context": "rain"})).text


async def test_history_is_kept_and_repeated(browser: Browser, page: Page, client: Running) -> None:
    await browser.call(page, "test_elicitation_sep1034_defaults")
    done = await browser.call(page, "greet", name="Ada")
    await client.stop()
    await client.start()
    listed = await browser.get(f"{browser.room_of(page)}/calls")
    assert "You cancelled this call." in listed.text
    again = await browser.submit(done, done.form("/again"))
    assert "Hello, Ada!" in again.text
    assert again.path != done.path
    form = await browser.get(next(link for words, link in again.reader.links.items() if words == "Back to the form"))
    assert form.form("/call").fields["arg./name"] == "Ada"


async def test_the_form_is_edited_without_a_script(browser: Browser, foreign: Foreign) -> None:
    page = await browser.add(foreign.url)
    opened = await browser.get(f"{browser.room_of(page)}/tool?name=add_note")
    one = await browser.submit(opened, opened.form("/call"), **{"do": "add:/tags", "arg./text": "kept"})
    two = await browser.submit(one, one.form("/call"), **{"do": "add:/tags", "arg./tags/0": "first"})
    fields = two.form("/call").fields
    assert (fields["arg./text"], fields["arg./tags/0"], fields["arg./tags/1"], fields["size./tags"]) == (
        "kept",
        "first",
        "",
        "2",
    )
    three = await browser.submit(two, two.form("/call"), do="drop:/tags/0")
    assert (three.form("/call").fields["arg./tags/0"], three.form("/call").fields["size./tags"]) == ("", "1")
    raw = await browser.submit(two, two.form("/call"), **{"do": "json", "arg./tags/1": "second"})
    assert json.loads(raw.form("/call").fields["json"]) == {"text": "kept", "tags": ["first", "second"]}
    back = await browser.submit(raw, raw.form("/call"), do="form", json='{"text": "changed"}')
    assert back.form("/call").fields["arg./text"] == "changed"
    broken = await browser.submit(raw, raw.form("/call"), do="form", json="{")
    assert (broken.status, "not valid JSON" in broken.text) == (400, True)


async def test_tools_are_found_by_name(browser: Browser, foreign: Foreign) -> None:
    page = await browser.add(foreign.url)
    found = await browser.get(f"{browser.room_of(page)}?q=picture")
    assert "picture" in found.reader.links
    assert "whoami" not in " ".join(found.reader.links)
    assert "No tool matches." in (await browser.get(f"{browser.room_of(page)}?q=nothing")).text


async def test_rooms_of_a_server_that_offers_little(browser: Browser, foreign: Foreign) -> None:
    page = await browser.add(foreign.url)
    for name in ("resources", "prompts"):
        assert f"offers no {name}" in (await browser.get(f"{browser.room_of(page)}/{name}")).text


async def test_too_many_calls_at_once_are_refused(browser: Browser, page: Page) -> None:
    asked = [await browser.call(page, "test_elicitation", message=str(number)) for number in range(20)]
    refused = await browser.call(page, "test_elicitation", message="one more")
    assert (refused.status, "running already" in refused.text) == (429, True)
    again = await browser.submit(asked[0], asked[0].form("/answer"), do="decline")
    assert "action=decline" in again.text


async def test_tasks_are_listed_with_how_they_stand(browser: Browser, page: Page) -> None:
    """SEP-2663: the server works by itself; who watches sees every task, what it says, and can stop it."""
    activity = f"{browser.room_of(page)}/calls"
    asking = await until(
        browser, page, await browser.call(page, "confirm_delete", filename="notes.txt"), "Delete notes.txt?"
    )
    listed = await browser.get(activity)
    assert "Tasks" in listed.text
    assert "confirm_delete waits for you" in listed.text
    await answered(browser, asking, **{"arg./confirm": "true"})
    assert "notes.txt is deleted" in (await until(browser, page, asking, "notes.txt is deleted")).text
    done = await browser.get(activity)
    assert "Tasks" not in done.text
    assert "task completed" in done.text


async def test_task_is_stopped_from_the_list(browser: Browser, page: Page) -> None:
    activity = f"{browser.room_of(page)}/calls"
    begun = await browser.call(page, "slow_compute", seconds="600")
    await until(browser, page, begun, "task working")
    listed = await browser.get(activity)
    assert "slow_compute working" in listed.text
    gone = await browser.submit(listed, listed.form("/cancel"))
    assert "You cancelled this call." in gone.text
    assert "task cancelled" in (await browser.get(activity)).text
    await browser.call(page, "test_simple_text")
    assert (
        "task" not in (await browser.get(activity)).text.partition("test_simple_text")[2].partition("slow_compute")[0]
    )


async def test_activity_is_told_that_a_call_asks(browser: Browser, page: Page, client: Running) -> None:
    """Whoever looks at the list sees it there, and not only on the page of the call: of the two that are told, none
    before the question.
    """
    feed, room = client.app[FEED], browser.room_of(page)
    before = feed.mark
    asking = await browser.call(page, "test_elicitation_sep1330_enums")
    with feed.listen(room.rpartition("/")[2], before) as listener:
        marks = dict(await heard(listener))
    assert marks["operations"] > marks["operation-" + asking.path.rpartition("/")[2]]
    assert "waits for you" in (await browser.get(f"{room}/calls.part")).text


async def until(browser: Browser, page: Page, call: Page, words: str) -> Page:
    """The call's page once the words are on it: the stream of its integration says when to look."""
    async with asyncio.timeout(10), browser.session.get(f"{page.path}/events") as events:
        while words not in (seen := await browser.get(call.path)).text:
            await events.content.readuntil(b"\n\n")
    return seen


payments = MCPServer("Payments")


@payments.tool
async def pay(address: str, context: Context) -> str:
    """Ask for a visit to an address first."""
    await context.elicit_url(address, "Pay there first")
    return "Paid."


async def test_address_is_opened_by_the_person_who_sees_where_it_leads(browser: Browser) -> None:
    """MCP 2026-07-28, elicitation in the mode url: the host stands out, the whole address is shown, nothing is
    opened or fetched by the client.
    """
    async with serving(payments) as address:
        page = await browser.add(address)
        asking = await browser.call(page, "pay", address="https://shop.example/pay?order=1")
        assert "Pay there first" in asking.text
        assert "Host shop.example" in asking.text
        assert asking.reader.links["Open shop.example"] == "https://shop.example/pay?order=1"
        assert 'rel="noopener noreferrer"' in asking.html
        assert "Paid." in (await answered(browser, asking)).text
        refused = await browser.call(page, "pay", address="https://shop.example/pay")
        assert "Paid." not in (await browser.submit(refused, refused.form("/answer"), do="decline")).text
        odd = await browser.call(page, "pay", address="http://xn--shp-tna.example/")
        assert "The connection is not encrypted (http)." in odd.text
        assert "letters that can be mistaken for others" in odd.text


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://shop.example/", []),
        (
            "https://bank.example@evil.example/",
            ["The part before the @ is a user name. It is not part of the host name."],
        ),
        ("https://sh\u043ep.example/", ["The host name has letters that can be mistaken for others."]),
    ],
)
def test_what_is_odd_about_an_address(url: str, found: list[str]) -> None:
    """MCP 2026-07-28, elicitation: safe URL handling."""
    assert oddities(url) == found


def test_links_in_results_lead_out_and_tell_nothing() -> None:
    """A click takes nothing of these pages along, and only web addresses are links."""
    shown = as_html("[go](https://x.example/?a=1&b=2) [run](javascript:alert(1)) [data](data:text/html,x)")
    assert shown is not None
    assert '<a href="https://x.example/?a=1&amp;b=2" rel="noreferrer noopener nofollow" target="_blank">go</a>' in shown
    assert shown.count("<a ") == 1
    assert as_html("x" * 100_001) is None


async def test_what_a_page_asks_by_itself_is_a_flow_of_its_own(browser: Browser, page: Page) -> None:
    """A call that failed stays failed, whichever page is opened afterwards; answers that are still fresh make no
    flow.
    """
    room = browser.room_of(page)
    failed = await browser.call(page, "test_error_handling")
    assert "standing-failed" in failed.html
    for place, title in (("resources", "List the resources"), ("prompts", "List the prompts")):
        assert title in (await browser.get(f"{room}/{place}")).text
    prompts = await browser.get(f"{room}/prompts")
    await browser.submit(prompts, prompts.form("/prompts/get", prompt="test_prompt_with_arguments"), do="suggest:arg1")
    tools = await browser.get(room)
    await browser.submit(tools, tools.form("/tools"))
    trace = await browser.get(f"{room}/trace")
    assert re.findall(r"<b>([^<]+)</b><small>", trace.html)[:2] == ["List the tools again", "Suggest values for arg1"]
    assert trace.html.count('class="run run-failed"') == 1
    assert "standing-failed" in (await browser.get(f"{room}/trace?run=2")).html


async def test_permission_is_granted_in_the_flow_of_its_call(browser: Browser, foreign: Foreign) -> None:
    """Whatever was looked at between the refusal and the grant (MCP step-up authorization)."""
    refused = await browser.call(await browser.add(foreign.url), "add_note", text="Milk")
    room = browser.room_of(refused)
    await browser.get(f"{room}/resources")
    tools = await browser.get(room)
    await browser.submit(tools, tools.form("/tools"))
    await browser.submit(refused, refused.form("/grant"))
    flow = await browser.get(f"{room}/trace?run=2")
    assert re.findall(r"<h3>([^<]*)</h3>\s*<span class=\"pill", flow.html).count("Call the tool add_note") == 2


async def test_a_date_that_no_calendar_has_stays_as_it_was_typed(browser: Browser) -> None:
    """HTML Living Standard, date state: a browser's own field would show such a value as empty."""
    server = MCPServer("Calendar")

    @server.tool
    async def book(day: date) -> str:
        """Book a table."""
        return f"{day:%d %B}"

    async with serving(server) as url:
        room = browser.room_of(await browser.add(url))
        form = await browser.get(f"{room}/tool?name=book")
        assert 'type="date"' in form.html
        refused = await browser.submit(form, form.form("/call"), **{"arg./day": "2026-02-30"})
        again = await browser.get(f"{room}/tool?name=book&call={refused.url.rpartition('/')[2]}")
        assert 'type="date"' not in again.html
        assert again.form("/call").fields["arg./day"] == "2026-02-30"
