"""A saved trace is an HTTP Archive by the schema that others wrote for HAR 1.2."""

import json
from typing import Any

import pytest
from jsonschema_rs import Registry, validator_for

from tests.provision import har_schema, need
from tests.webclient.browser import Browser
from tests.webclient.conftest import browser, client, foreign
from tests.webclient.foreign import Foreign

__all__ = ["browser", "client", "foreign"]


def problems(document: Any) -> list[str]:
    schemas = {path.name: json.loads(path.read_text("utf-8")) for path in need(har_schema).glob("*.json")}
    registry = Registry([(f"json-schema:///{name}", schema) for name, schema in schemas.items()])
    validator = validator_for({"$ref": "json-schema:///har.json"}, registry=registry)
    return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(document)]


@pytest.mark.parametrize(("slow", "exchanges"), [(0, 7), (6, 1)], ids=["answered", "never answered"])
async def test_har_keeps_to_the_schema(browser: Browser, foreign: Foreign, slow: float, exchanges: int) -> None:
    foreign.lies.slow = slow
    page = await browser.add(foreign.url)
    if not slow:
        await browser.call(page, "add_note", text="x")
    document = json.loads((await browser.get(page.path + "/trace.har?run=all")).html)
    assert len(document["log"]["entries"]) >= exchanges
    assert problems(document) == []
    del document["log"]["entries"][0]["request"]["method"]
    assert problems(document) != []
