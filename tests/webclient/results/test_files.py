"""Files out of results, by value (MCP 2026-07-28, ContentBlock)."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webclient.results import files_of
from webclient.results.files import LONGEST_NAME, safe_name
from webclient.storage import CallRecord

DATA = base64.b64encode(b"bytes").decode()


def test_every_kind_of_content_that_holds_a_file_is_one() -> None:
    result = {
        "content": [
            {"type": "text", "text": "no file"},
            {"type": "image", "mimeType": "image/png", "data": DATA},
            {"type": "audio", "mimeType": "audio/x-unheard-of", "data": DATA},
            {
                "type": "resource",
                "resource": {"uri": "file:///a/report.pdf", "mimeType": "application/pdf", "blob": DATA},
            },
            {"type": "resource", "resource": {"uri": "note://first", "text": "words"}},
            {"type": "image", "mimeType": "image/png", "data": "%"},
            {"type": "resource", "resource": "x"},
            "x",
        ]
    }
    assert [(each.name, each.data) for each in files_of(CallRecord("t", result=result))] == [
        ("file-1.png", b"bytes"),
        ("file-2.bin", b"bytes"),
        ("report.pdf", b"bytes"),
        ("first.txt", b"words"),
    ]


def test_resources_and_prompts_have_files_too() -> None:
    assert [
        each.name for each in files_of(CallRecord("r", result={"contents": [{"uri": "test://a/b.txt", "text": "x"}]}))
    ] == ["b.txt"]
    said = {"messages": [{"role": "user", "content": {"type": "image", "mimeType": "image/png", "data": DATA}}, 5]}
    assert [each.name for each in files_of(CallRecord("p", result=said))] == ["file-1.png"]
    assert files_of(CallRecord("nothing")) == []


@pytest.mark.parametrize(
    ("wished", "name"),
    [
        ("/../../etc/passwd", "passwd.txt"),
        ("/.bashrc", "bashrc.txt"),
        ("C:\\boot.ini", "boot.ini"),
        ("/%2e%2e%2f%2e%2e%2fx.sh", "x.sh"),
        ('/a"; filename="b.html', "a-filename-b.html"),
        ("/<script>.txt", "script-.txt"),
        ("/\r\nSet-Cookie: x", "Set-Cookie-x.txt"),
        ("/…", "file-7.txt"),
        ("", "file-7.txt"),
    ],
)
def test_a_name_is_nothing_but_a_name(wished: str, name: str) -> None:
    assert safe_name(wished, "text/plain", 7) == name


@given(st.text(), st.text(max_size=30))
def test_no_name_leads_elsewhere(wished: str, mime: str) -> None:
    name = safe_name(wished, mime, 1)
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    assert not name.startswith(".")
    assert 0 < len(name) <= LONGEST_NAME + 20


ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["image", "resource", "http://[", DATA]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["content", "contents", "messages", "type", "resource", "uri", "text", "blob", "data", "mimeType"]
            ),
            inner,
        )
    ),
)


@given(st.dictionaries(st.sampled_from(["content", "contents", "messages"]), ANYTHING))
def test_no_result_breaks_the_list(result: dict[str, Any]) -> None:
    assert isinstance(files_of(CallRecord("t", result=result)), list)
