"""A server's questions as forms, and the results made from the answers (MCP 2026-07-28, client features)."""

from urllib.parse import urlsplit

from ...assistant import Endpoint, sampling_request, sampling_result
from ...errors import FlowError
from ...forms import Answers, BadArguments, arguments_from, checked, edited, fields_of, fresh_answers, plan
from ...integrations import ELICIT, SAMPLE, Question
from ...json_text import JsonObject
from ...results import content
from ...wire import Unchecked
from ..http import Context

MOST_TEXT, MOST_NAME = 100_000, 100


def _form(question: Question, answers: Answers | None, problems: dict[str, str]) -> Context:
    schema = question.params.get("requestedSchema") or {}
    node = plan(schema)
    return {
        "kind": "form",
        "form": fields_of(node, fresh_answers(schema, node) if answers is None else answers, problems),
    }


def oddities(url: str) -> list[str]:
    """Warnings to show before a person opens a URL (MCP 2026-07-28, elicitation: safe URL handling)."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    found = ["The connection is not encrypted (http)."] if parts.scheme != "https" else []
    if "xn--" in host or not host.isascii():
        found.append("The host name has letters that can be mistaken for others.")
    if "@" in parts.netloc:
        found.append("The part before the @ is a user name. It is not part of the host name.")
    return found


def _messages(params: JsonObject) -> list[Context]:
    listed = params.get("messages")
    messages = [each for each in listed[:100] if isinstance(each, dict)] if isinstance(listed, list) else []
    return [
        {"role": str(each.get("role", ""))[:20], "blocks": [content(block) for block in _blocks(each.get("content"))]}
        for each in messages
    ]


def _blocks(value: Unchecked) -> list[Unchecked]:
    return value if isinstance(value, list) else [value]


def question_view(
    question: Question, answers: Answers | None = None, problems: dict[str, str] | None = None
) -> Context:
    """The template context of a question; its ``kind`` is form, url, sampling or roots."""
    params, wrong = question.params, problems or {}
    shared = {"id": question.id, "message": params.get("message", ""), "problems": wrong, "kind": "roots"}
    if question.method == SAMPLE:
        return {
            **shared,
            "kind": "sampling",
            "messages": _messages(params),
            "system": params.get("systemPrompt"),
            "most": params.get("maxTokens"),
        }
    if question.method != ELICIT:
        return shared
    if params.get("mode") == "url":
        url = str(params.get("url"))
        return {**shared, "kind": "url", "url": url, "host": urlsplit(url).hostname, "oddities": oddities(url)}
    return {**shared, **_form(question, answers, wrong)}


def answer_from(question: Question, answers: Answers) -> tuple[JsonObject | None, Context]:
    """The result to send and an empty dict, or None and the view of the question to show again."""
    choice = answers.get("do", ("",))[0]
    if question.method == ELICIT:
        if choice in ("decline", "cancel"):
            return {"action": choice}, {}
        return _elicited(question, answers, choice)
    text = answers.get("text", ("",))[0].replace("\r\n", "\n")[:MOST_TEXT]
    if question.method == SAMPLE:
        return _sampled(question, choice, text, answers.get("by", ("",))[0][:MOST_NAME])
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    wrong = next((line for line in lines if not line.startswith("file://")), None)
    if wrong and choice != "decline":
        return None, {
            **question_view(question, problems={"": "Every line must be an address that begins with file://."}),
            "text": text,
        }
    return {"roots": [] if choice == "decline" else [{"uri": line} for line in lines[:100]]}, {}


def _elicited(question: Question, answers: Answers, choice: str) -> tuple[JsonObject | None, Context]:
    if question.params.get("mode") == "url":
        return {"action": "accept"}, {}
    changed = edited(answers, choice)
    if changed is not None:
        return None, question_view(question, changed)
    schema = question.params.get("requestedSchema") or {}
    try:
        return {"action": "accept", "content": checked(arguments_from(plan(schema), answers), schema)}, {}
    except BadArguments as error:
        return None, question_view(question, answers, error.problems)


def _sampled(question: Question, choice: str, text: str, model: str) -> tuple[JsonObject | None, Context]:
    """As answer_from(), for sampling.

    An empty result is a refusal. ``model`` is the model that drafted the answer; empty when a person wrote it.
    """
    if choice == "decline":
        return {}, {}
    if not text.strip():
        return None, question_view(question, problems={"": "Enter an answer, or decline."})
    return sampling_result(text, model or "a person"), {}


async def drafted(question: Question, endpoint: Endpoint) -> Context:
    """The view of a sampling question with the model's answer filled in, for the person to review.

    Source: MCP 2026-07-28, sampling: a human in the loop.
    """
    messages, more = sampling_request(question.params)
    try:
        reply = await endpoint.complete(messages, **more)
    except FlowError as error:
        return question_view(question, problems={"": str(error)})
    return {**question_view(question), "text": reply.text, "by": reply.model}
