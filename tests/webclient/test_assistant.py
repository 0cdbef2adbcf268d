"""The assistant on its pages: a model on a real port asks for the tools of a real server, and a person decides."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from mcpbase.settings.loader import SettingError
from tests.ports import free_port
from tests.webclient.test_workbench import server
from webclient.settings import Settings, load

from .browser import Browser, Page
from .conftest import Clock, Running
from .foreign import Foreign
from .model import KEY, Model, wants

__all__ = ["server"]


@pytest.fixture
async def client(tmp_path: Path, model: Model) -> AsyncIterator[Running]:
    assistant = {"assistant_url": model.url, "assistant_model": "wise", "assistant_key": KEY, "assistant_timeout": 5}
    database = f"sqlite:///{tmp_path / 'client.db'}"
    settings = Settings(
        port=free_port(),
        database=database,
        request_timeout=4,
        call_timeout=5,
        **assistant,  # type: ignore[arg-type]
    )
    running = Running(settings, Clock())
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def connected(browser: Browser, foreign: Foreign) -> Page:
    foreign.lies.open_door = True
    return await browser.add(foreign.url)


async def begin(browser: Browser, text: str = "Who am I?") -> Page:
    page = await browser.get("/assistant")
    return await browser.submit(page, page.form("/assistant"), text=text)


async def decide(browser: Browser, page: Page, do: str, wish: str | None = None) -> Page:
    having = {"wish": wish} if wish else {}
    return await browser.submit(page, page.form("/decide", **having), do=do)


async def until(browser: Browser, page: Page, words: str) -> Page:
    """The page once the words are on it: it is told when to look."""
    address = page.path
    async with asyncio.timeout(10), browser.session.get(f"{address}/events") as events:
        while words not in (seen := await browser.get(address)).text:
            await events.content.readuntil(b"\n\n")
    return seen


def tool_messages(body: dict[str, Any]) -> list[str]:
    return [message["content"] for message in body["messages"] if message["role"] == "tool"]


# Without a model


async def test_without_a_model_the_page_says_how_to_name_one(tmp_path: Path) -> None:
    running = Running(Settings(port=free_port(), database="sqlite://"), Clock())
    await running.start()
    person = Browser(running.home)
    page = await person.get("/")
    told = await person.get(page.reader.links["Assistant"])
    assert told.status == 200
    for name in ("WEBCLIENT_ASSISTANT_URL", "WEBCLIENT_ASSISTANT_MODEL", "WEBCLIENT_ASSISTANT_KEY"):
        assert name in told.text
    add = await person.get("/add")
    csrf = add.form("/add").fields["csrf"]
    async with person.session.post(f"{person.home}/assistant", data={"csrf": csrf, "text": "Hello"}) as answer:
        assert "none is configured" in await answer.text()
    assert (await person.get("/assistant/whatever")).status == 404
    await person.close()
    await running.stop()


def test_settings_of_the_model_are_checked_and_its_key_is_never_shown() -> None:
    env = {
        "WEBCLIENT_ASSISTANT_URL": "http://ollama:11434/v1/",
        "WEBCLIENT_ASSISTANT_MODEL": "qwen3",
        "WEBCLIENT_ASSISTANT_KEY": KEY,
    }
    settings = load({}, env)
    assert (settings.assistant_url, settings.assistant_model) == ("http://ollama:11434/v1", "qwen3")
    assert KEY not in repr(settings)
    for wrong in ("ftp://x.example/v1", "https://x.example/v1?a=b", "https://me@x.example/", "x.example"):
        with pytest.raises(SettingError, match="chat/completions"):
            load({}, {**env, "WEBCLIENT_ASSISTANT_URL": wrong})
    with pytest.raises(SettingError, match="belong together"):
        load({}, {"WEBCLIENT_ASSISTANT_MODEL": "qwen3"})
    with pytest.raises(SettingError, match="not usable"):
        load({"assistant_key": " "}, env)
    assert load({}, {**env, "WEBCLIENT_ASSISTANT_KEY": " "}).assistant_key == ""
    everybody = {"WEBCLIENT_OPEN_TO_ALL": "on", "WEBCLIENT_HOST": "0.0.0.0"}
    with pytest.raises(SettingError, match="at your expense"):
        load({}, {**env, **everybody})
    assert load({}, {**{name: value for name, value in env.items() if "KEY" not in name}, **everybody}).assistant_model


# Talking


async def test_conversation_without_tools(browser: Browser, model: Model) -> None:
    model.lines = ["Hello, **Ada**.", "<script>alert(1)</script> ![x](https://tracker.example/x.png)"]
    page = await begin(browser, "Good morning")
    assert "Good morning" in page.text
    assert "<strong>Ada</strong>" in page.html
    assert "tools" not in model.asked[0]
    assert model.keys == [f"Bearer {KEY}"]
    again = await browser.submit(page, page.form("/say"), text="And again")
    assert "<script>alert" not in again.html
    assert "<img" not in again.html.replace('<img src="/static/client-mark.svg"', "")
    assert [message["role"] for message in model.asked[1]["messages"]] == ["system", "user", "assistant", "user"]


async def test_nothing_is_called_before_the_person_allows_it(
    browser: Browser, model: Model, connected: Page, foreign: Foreign
) -> None:
    model.lines = [wants(("add_note", {"text": "Buy milk"}), text="I write that down."), "Done."]
    before = foreign.methods().count("tools/call")
    page = await begin(browser, "Remember the milk")
    assert "Allow this call?" in page.text
    assert '"text": "Buy milk"' in page.text
    assert foreign.methods().count("tools/call") == before
    done = await decide(browser, page, "allow")
    assert "Done." in done.text
    assert foreign.methods().count("tools/call") == before + 1
    (told,) = tool_messages(model.asked[1])
    assert "Buy milk" in told or "noted" in told.lower()
    activity = await browser.get(done.reader.links["See the call and its result"])
    assert "add_note returned" in activity.text


async def test_refused_call_is_never_made_and_the_model_is_told(
    browser: Browser, model: Model, connected: Page, foreign: Foreign
) -> None:
    model.lines = [wants(("whoami", {})), "As you wish."]
    page = await begin(browser)
    done = await decide(browser, page, "refuse")
    assert "As you wish." in done.text
    assert foreign.methods().count("tools/call") == 0
    assert tool_messages(model.asked[1]) == ["The person did not allow this call."]


async def test_each_of_several_calls_is_decided_by_itself(
    browser: Browser, model: Model, connected: Page, foreign: Foreign
) -> None:
    model.lines = [wants(("whoami", {}), ("add_note", {"text": "x"})), "Both are dealt with."]
    page = await begin(browser)
    first, second = (form.fields["wish"] for form in page.reader.forms if form.action.endswith("/decide"))
    half = await until(browser, await decide(browser, page, "allow", first), "See the call and its result")
    assert "Allow this call?" in half.text
    assert len(model.asked) == 1
    done = await until(browser, await decide(browser, half, "refuse", second), "Both are dealt with.")
    assert foreign.methods().count("tools/call") == 1
    assert tool_messages(model.asked[1])[1] == "The person did not allow this call."
    # What was decided stays so, however often its form is sent.
    await decide(browser, page, "allow", second)
    assert foreign.methods().count("tools/call") == 1
    assert "Allow this call?" not in done.text


async def test_to_say_something_else_refuses_what_was_asked_for(
    browser: Browser, model: Model, connected: Page, foreign: Foreign
) -> None:
    model.lines = [wants(("whoami", {})), "Fine."]
    page = await begin(browser)
    done = await browser.submit(page, page.form("/say"), text="Cancel the request")
    assert "Fine." in done.text
    assert tool_messages(model.asked[1]) == ["The person did not decide on this call and wrote something else."]
    assert foreign.methods().count("tools/call") == 0


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (("no_such_tool", {}), "There is no such tool."),
        (("add_note", "[1]"), "The arguments are not a JSON object."),
        (("add_note", '{"text": NaN}'), "The arguments are not a JSON object."),
        (("add_note", {"stars": -1}), "The arguments do not fit the tool's schema."),
    ],
)
async def test_what_cannot_be_called_goes_back_to_the_model(
    browser: Browser, model: Model, connected: Page, foreign: Foreign, wish: Any, told: str
) -> None:
    model.lines = [wants(wish), "I was wrong."]
    page = await begin(browser)
    assert "I was wrong." in page.text
    assert tool_messages(model.asked[1])[0].startswith(told)
    assert "Allow this call?" not in page.text
    assert foreign.methods().count("tools/call") == 0


async def test_tools_are_offered_only_of_what_was_chosen(
    browser: Browser, model: Model, connected: Page, server: str
) -> None:
    model.lines = ["One.", "Two.", "None."]
    await browser.add(server)
    page = await browser.get("/assistant")
    both = await browser.submit(page, page.form("/assistant"), text="With all")
    assert "with the tools of" in both.text
    ids = [line.partition('"')[0] for line in page.html.split('name="integration" value="')[1:]]
    async with browser.session.post(
        f"{browser.home}/assistant", data={**page.form("/assistant").fields, "integration": ids[0], "text": "With one"}
    ) as answer:
        assert answer.status == 200
    csrf = page.form("/assistant").fields["csrf"]
    async with browser.session.post(f"{browser.home}/assistant", data={"csrf": csrf, "text": "With none"}) as answer:
        assert "without tools" in await answer.text()
    some, fewer = (len(body["tools"]) for body in model.asked[:2])
    assert some > fewer > 0
    assert "tools" not in model.asked[2]


async def test_tool_that_fails_is_told_as_such(browser: Browser, model: Model, connected: Page) -> None:
    model.lines = [wants(("fail", {}), ("refuse", {})), "That went wrong."]
    page = await begin(browser)
    for _ in range(2):
        page = await decide(browser, page, "allow")
    await until(browser, page, "That went wrong.")
    failed, refused = tool_messages(model.asked[1])
    assert failed.startswith("The tool reported a failure:")
    assert refused.startswith("The call failed:")


async def test_call_that_asks_back_is_answered_on_its_page(browser: Browser, model: Model, server: str) -> None:
    """MCP 2026-07-28, elicitation: within a call that the assistant made."""
    await browser.add(server)
    model.lines = [wants(("test_elicitation_sep1330_enums", {})), "Thank you."]
    page = await begin(browser)
    waiting = await until(browser, await decide(browser, page, "allow"), "The server asks a question")
    asking = await browser.get(waiting.reader.links["answer it on the page of the call"])
    await browser.submit(asking, asking.form("/answer"), do="decline")
    assert "Thank you." in (await until(browser, waiting, "Thank you.")).text


async def test_results_are_cut_to_a_bound_and_pictures_only_named(
    browser: Browser, model: Model, connected: Page, foreign: Foreign
) -> None:
    model.lines = [wants(("picture", {})), "Nice.", wants(("whoami", {})), "Long."]
    page = await decide(browser, await begin(browser), "allow")
    assert "image of type image/png" in tool_messages(model.asked[1])[0]
    foreign.lies.results["whoami"] = {"content": [{"type": "text", "text": "x" * 300_000}]}
    page = await browser.submit(page, page.form("/say"), text="More")
    await until(browser, await decide(browser, page, "allow"), "Long.")
    told = tool_messages(model.asked[3])[1]
    assert len(told) <= 20_000
    assert told.endswith("(The rest was omitted because it is too long.)")


# What goes wrong


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ((401, {"error": {"message": "Incorrect API key"}}), "does not accept the key"),
        ((404, {"error": {"message": "model 'wise' not found"}}), "has no model wise"),
        ((429, {"error": "slow down"}), "received too many requests"),
        ((500, {"message": "cuda out of memory"}), "responded with an error (status 500). It says: cuda out of memory"),
        (web.Response(text="<html>Login</html>", content_type="text/html"), "not a chat completion"),
        ((200, {"choices": []}), "not a chat completion"),
        ((200, {"choices": [{"message": {"content": None}}]}), "gave an empty answer"),
        (
            web.Response(status=307, headers={"Location": "http://127.0.0.1:9/steal"}),
            "responded with an error",
        ),
        (web.Response(body=b"x" * 2_000_000), "larger than"),
    ],
)
async def test_endpoint_that_fails_is_told_in_a_sentence_and_asked_again(
    browser: Browser, model: Model, line: Any, sentence: str
) -> None:
    model.lines = [line, "Here I am."]
    page = await until(browser, await begin(browser, "Hello"), sentence)
    assert KEY not in page.html
    done = await browser.submit(page, page.form("/go-on"))
    assert "Here I am." in done.text
    assert sentence not in done.text


async def test_endpoint_that_is_not_there(browser: Browser, model: Model) -> None:
    await model.stop()
    page = await until(browser, await begin(browser, "Hello"), "does not accept connections")
    assert "Try again" in page.html


async def test_model_that_never_comes_to_an_answer_is_stopped(browser: Browser, model: Model, connected: Page) -> None:
    model.lines = [wants(("no_such_tool", {}))] * 30
    page = await until(browser, await begin(browser), "20 times in a row")
    assert len(model.asked) == 20
    model.lines = ["Enough."]
    assert "Enough." in (await browser.submit(page, page.form("/say"), text="Stop that")).text


async def test_person_can_stop_it(browser: Browser, model: Model) -> None:
    model.held, model.lines = asyncio.Event(), ["Too late.", "Now."]
    page = await begin(browser, "Think hard")
    assert "wise is working" in page.text
    busy = await browser.submit(page, page.form("/say"), text="Hurry")
    assert (busy.status, "still working" in busy.text, busy.form("/say").fields["text"]) == (400, True, "Hurry")
    stopped = await browser.submit(page, page.form("/stop"))
    assert "You stopped the assistant here." in stopped.text
    model.held.set()
    assert "Too late." in (await browser.submit(stopped, stopped.form("/go-on"))).text


async def test_stopping_cancels_the_call_too(browser: Browser, model: Model, server: str) -> None:
    await browser.add(server)
    model.lines = [wants(("test_elicitation_sep1330_enums", {})), "It was cut."]
    page = await until(browser, await decide(browser, await begin(browser), "allow"), "The server asks a question")
    stopped = await browser.submit(page, page.form("/stop"))
    assert "ended without a result" in (await browser.get(next(iter(await calls_of(browser))))).text
    done = await until(browser, await browser.submit(stopped, stopped.form("/go-on")), "It was cut.")
    assert "It is not known whether it took effect." in tool_messages(model.asked[1])[0]
    assert "answer it" not in done.text


async def calls_of(browser: Browser) -> list[str]:
    home = await browser.get("/")
    (integration,) = {link for link in home.reader.links.values() if link.startswith("/integrations/")}
    activity = await browser.get(f"{integration}/calls")
    return [link for link in activity.reader.links.values() if "/calls/" in link]


async def test_what_cannot_be_said_is_refused_and_not_lost(browser: Browser, model: Model) -> None:
    page = await browser.get("/assistant")
    empty = await browser.submit(page, page.form("/assistant"), text="  ")
    assert (empty.status, "Enter a message." in empty.text) == (400, True)
    long = await browser.submit(page, page.form("/assistant"), text="y" * 20_001)
    assert (long.status, "too long" in long.text, long.form("/assistant").fields["text"]) == (400, True, "y" * 20_001)
    assert model.asked == []


async def test_conversation_that_has_grown_too_long_takes_no_more(
    browser: Browser, client: Running, model: Model
) -> None:
    model.lines = ["z" * 100_000] * 5
    page = await begin(browser, "Write a book")
    for _ in range(3):
        page = await browser.submit(page, page.form("/say"), text="More")
    refused = await browser.submit(page, page.form("/say"), text="More")
    assert (refused.status, "Start a new one" in refused.text) == (400, True)


async def test_only_so_many_answers_are_awaited_at_once(browser: Browser, model: Model) -> None:
    model.held, model.lines = asyncio.Event(), ["Fine."] * 5
    page = await browser.get("/assistant")
    form = page.form("/assistant")
    begun = await asyncio.gather(*(browser.submit(page, form, text="Hello") for _ in range(5)))
    assert len(model.asked) == 4
    model.held.set()
    for each in begun:
        await until(browser, each, "Fine.")


async def test_too_many_tools_are_refused_before_anything_is_sent(
    browser: Browser, model: Model, foreign: Foreign
) -> None:
    foreign.lies.open_door = True
    foreign.lies.tools = [
        {"name": f"tool.{number}/of many", "inputSchema": {"type": "object"}} for number in range(129)
    ]
    await browser.add(foreign.url)
    page = await begin(browser)
    assert (page.status, "129 tools" in page.text) == (400, True)
    foreign.lies.tools = foreign.lies.tools[:128]
    await browser.add(foreign.url)
    model.lines = ["Fine."]
    page = await browser.get("/assistant")
    ids = [line.partition('"')[0] for line in page.html.split('name="integration" value="')[1:]]
    async with browser.session.post(
        f"{browser.home}/assistant", data={**page.form("/assistant").fields, "integration": ids[1], "text": "Hi"}
    ) as answer:
        assert "Fine." in await answer.text()


# Whose it is, and how it rests


async def test_conversations_are_ones_own(browser: Browser, stranger: Browser, model: Model, connected: Page) -> None:
    model.lines = [wants(("whoami", {}))]
    page = await begin(browser)
    address = page.path.removeprefix(browser.home)
    await stranger.add("http://127.0.0.1:9/mcp")
    for place in ("", "/state", "/events"):
        assert (await stranger.get(address + place)).status == 404
    csrf = (await stranger.get("/add")).form("/add").fields["csrf"]
    wish = page.form("/decide").fields["wish"]
    for action in ("say", "decide", "go-on", "stop", "delete"):
        async with stranger.session.post(
            f"{page.path}/{action}", data={"csrf": csrf, "wish": wish, "do": "allow", "text": "x"}
        ) as answer:
            assert answer.status == 404
    async with browser.session.post(f"{page.path}/decide", data={"wish": wish, "do": "allow"}) as answer:
        assert answer.status == 403
    assert "Allow this call?" in (await browser.get(address)).text


async def test_conversation_rests_sealed_and_goes_on_after_a_restart(
    browser: Browser, client: Running, model: Model, connected: Page, foreign: Foreign
) -> None:
    model.lines = [wants(("whoami", {}), text="A canary in words")]
    page = await begin(browser, "A secret question")
    await client.stop()
    for file in client.files():
        content = file.read_bytes()
        assert b"canary in words" not in content
        assert b"secret question" not in content
        assert KEY.encode() not in content
    await client.start()
    model.lines = ["You are Ada."]
    again = await browser.get(page.path)
    assert "A canary in words" in again.text
    assert "You are Ada." in (await until(browser, await decide(browser, again, "allow"), "You are Ada.")).text


async def test_call_that_the_program_s_end_cut_off_is_not_made_again(
    browser: Browser, client: Running, model: Model, server: str
) -> None:
    await browser.add(server)
    model.lines = [wants(("test_elicitation_sep1330_enums", {}))]
    page = await until(browser, await decide(browser, await begin(browser), "allow"), "The server asks a question")
    await client.stop()
    await client.start()
    model.lines = ["I see."]
    cut = await browser.get(page.path)
    assert "The conversation was interrupted here." in cut.text
    await until(browser, await browser.submit(cut, cut.form("/go-on")), "I see.")
    assert "It is not known whether it took effect." in tool_messages(model.asked[-1])[0]


async def test_integration_that_is_gone_is_told_to_the_model(
    browser: Browser, model: Model, connected: Page, foreign: Foreign
) -> None:
    model.lines = [wants(("whoami", {})), "It is gone."]
    page = await begin(browser)
    room = await browser.get(browser.room_of(connected))
    await browser.submit(room, room.form("/disconnect"))
    assert "It is gone." in (await until(browser, await decide(browser, page, "allow"), "It is gone.")).text
    assert tool_messages(model.asked[1]) == ["This integration is not connected any more."]


async def test_deleted_conversation_is_gone(browser: Browser, client: Running, model: Model) -> None:
    model.held, model.lines = asyncio.Event(), ["Never heard."]
    page = await begin(browser, "Forget this")
    gone = await browser.submit(page, page.form("/delete"))
    assert "The conversation was deleted." in gone.text
    assert "Forget this" not in gone.text
    assert (await browser.get(page.path)).status == 404
    model.held.set()


async def test_list_shows_how_each_stands(browser: Browser, model: Model, connected: Page) -> None:
    model.lines = [wants(("whoami", {})), (500, {}), "Hello."]
    for text in ("First", "Second", "Third"):
        await begin(browser, text)
    page = await browser.get("/assistant")
    assert "Waiting for you" in page.text
    assert "responded with an error (status 500)" in page.text
    assert page.text.index("Third") < page.text.index("Second") < page.text.index("First")


# Sampling


async def test_model_drafts_what_a_server_asks_for_and_the_person_sends_it(
    browser: Browser, model: Model, server: str
) -> None:
    """MCP 2026-07-28, sampling: "Present generated responses for review before delivery"."""
    page = await browser.add(server)
    asking = await browser.call(page, "test_sampling", prompt="What is two and two?")
    assert model.asked == []
    model.lines = [
        (400, {"error": {"message": "Unsupported parameter: use 'max_completion_tokens' instead."}}),
        "Four, I think.",
    ]
    draft = await browser.submit(asking, asking.form("/answer"), do="draft")
    assert draft.form("/answer").fields["text"].strip() == "Four, I think."
    assert "wise-1 wrote this" in draft.text
    first, second = model.asked
    assert first["messages"][-1] == {"role": "user", "content": "What is two and two?"}
    assert first["max_tokens"] == second["max_completion_tokens"]
    assert "max_tokens" not in second
    done = await browser.submit(draft, draft.form("/answer"), do="accept")
    assert "LLM response: Four, I think." in done.text


async def test_draft_that_fails_leaves_the_person_to_answer(browser: Browser, model: Model, server: str) -> None:
    page = await browser.add(server)
    asking = await browser.call(page, "test_sampling", prompt="Well?")
    model.lines = [(503, {})]
    failed = await browser.submit(asking, asking.form("/answer"), do="draft")
    assert "responded with an error (status 503)" in failed.text
    assert (
        "LLM response: By hand"
        in (await browser.submit(failed, failed.form("/answer"), do="accept", text="By hand")).text
    )
