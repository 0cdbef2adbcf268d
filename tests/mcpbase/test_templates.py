"""Templates as both programs prepare them."""

import os
from pathlib import Path

import jinja2
import pytest
from aiohttp import web

from mcpbase.serving.templates import setup_templates


def test_names_are_escaped_and_missing_ones_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>{{ name }}</p>")
    page = setup_templates(web.Application(), tmp_path).get_template("page.html")
    assert page.render(name="<b>") == "<p>&lt;b&gt;</p>"
    with pytest.raises(jinja2.UndefinedError):
        page.render()


def test_second_application_takes_what_the_first_compiled(tmp_path: Path) -> None:
    """And not what was compiled of an earlier text: the operator's change of a template is on the pages after a
    restart.
    """
    path = tmp_path / "page.html"
    path.write_text("one")
    first = setup_templates(web.Application(), tmp_path).get_template("page.html")
    again = setup_templates(web.Application(), tmp_path).get_template("page.html")
    assert again.root_render_func is not first.root_render_func
    assert again.root_render_func.__code__.co_consts == first.root_render_func.__code__.co_consts
    assert again.render() == first.render() == "one"
    path.write_text("two")
    os.utime(path, (0, 0))
    assert setup_templates(web.Application(), tmp_path).get_template("page.html").render() == "two"
