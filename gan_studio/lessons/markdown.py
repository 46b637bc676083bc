"""The Markdown of the lessons as HTML: paragraphs, lists, stress, code and links, all escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

_LINK = re.compile(r"\[([^]\n]+)\]\((https?://[^\s)]+|\?[^\s)]+)\)")
_STRESS = (
    (re.compile(r"`([^`\n]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*\n]+)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<!\w)[*_]([^*_\n]+)[*_](?!\w)"), r"<em>\1</em>"),
)
_ITEM = re.compile(r"^(?:[-*]|\d+\.)\s+")
_HEAD = re.compile(r"^#{1,6}\s+")
_MARK = "\0"
"""stands around the number of a part that is finished HTML"""


def to_html(text: str, terms: Mapping[str, str] | None = None) -> str:
    """Markdown as HTML; each of the terms is explained where it is used first."""
    fragments: list[str] = []

    def keep(html: str) -> str:
        fragments.append(html)
        return f"{_MARK}{len(fragments) - 1}{_MARK}"

    text = escape(text.replace(_MARK, ""), quote=False)
    text = _LINK.sub(lambda m: keep(_link(_inline(m[1]), m[2])), text)
    for word in sorted(terms or {}, key=len, reverse=True):
        pattern = rf"(?<![\w{_MARK}]){re.escape(escape(word, quote=False))}(?![\w{_MARK}])"
        explanation = (terms or {})[word]
        text = re.sub(
            pattern, lambda m, meaning=explanation: keep(_term(m[0], meaning)), text, count=1,
            flags=re.IGNORECASE,
        )  # fmt: skip
    html = "".join(_block(block) for block in re.split(r"\n\s*\n", text) if block.strip())
    return re.sub(f"{_MARK}(\\d+){_MARK}", lambda m: fragments[int(m[1])], html)


def _block(block: str) -> str:
    """A paragraph, a heading, or the items of a list, which may go on in further lines."""
    lines = block.strip("\n").split("\n")
    if not _ITEM.match(lines[0].lstrip()):
        tag = "h3" if _HEAD.match(lines[0]) else "p"
        paragraph = " ".join(line.strip() for line in lines)
        return f"<{tag}>{_inline(_HEAD.sub('', paragraph))}</{tag}>"
    tag = "ol" if lines[0].lstrip()[0].isdigit() else "ul"
    items: list[str] = []
    for line in map(str.strip, lines):
        if _ITEM.match(line):
            items.append(_ITEM.sub("", line))
        else:
            items[-1] += f" {line}"
    return f"<{tag}>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</{tag}>"


def _inline(text: str) -> str:
    for pattern, html in _STRESS:
        text = pattern.sub(html, text)
    return text


def _link(label: str, address: str) -> str:
    rel = ' target="_blank" rel="noopener"' if address.startswith("http") else ""
    return f'<a href="{address.replace(chr(34), "%22")}"{rel}>{label}</a>'


def _term(word: str, meaning: str) -> str:
    tip = escape(meaning, quote=False)
    return f'<span class="term" tabindex="0">{word}<span role="tooltip">{tip}</span></span>'
