"""Untrusted Markdown (CommonMark with tables) as safe HTML: no raw HTML, nothing loaded, and only plain links."""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

LONGEST = 100_000
SIGNS = re.compile(
    r"^(#{1,6} \S|[-*+] \S|\d{1,9}[.)] \S|> \S|```|~~~|\|.+\|)|\*\*\S[^*\n]*\*\*|\[[^\]\n]+\]\([^)\s]+\)|`[^`\n]+`",
    re.MULTILINE,
)
SAFE_LINK = re.compile(r"(https?://|mailto:)", re.IGNORECASE)


class Renderer(RendererHTML):
    """Renders images as their description and address, so that viewing a result sends no request to anybody."""

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        words = self.renderInlineAsText(token.children or [], options, env)
        return (
            f'<span class="md-picture">{escape(words or "picture")} '
            f"<code>{escape(str(token.attrs.get('src', '')))}</code></span>"
        )

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        token.attrSet("rel", "noreferrer noopener nofollow")
        token.attrSet("target", "_blank")
        return self.renderToken(tokens, idx, options, env)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}, renderer_cls=Renderer).enable("table")
    parser.validateLink = lambda url: bool(SAFE_LINK.match(url))  # type: ignore[method-assign]  # the library's own way to narrow links
    return parser


PARSER = _parser()


def is_markdown(text: str) -> bool:
    """Whether a text looks like Markdown, judged by its first LONGEST characters."""
    return bool(SIGNS.search(text[:LONGEST]))


def as_html(text: str) -> Markup | None:
    """The text as HTML; None for a text of more than LONGEST characters."""
    return Markup(PARSER.render(text)) if len(text) <= LONGEST else None  # noqa: S704 - everything of the text is escaped by the parser
