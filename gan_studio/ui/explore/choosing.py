"""Places for pictures that are chosen from history and favourites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from gan_studio.recipe import Recipe


def chooser(elem_id: str, names: list[str], *, result: bool = False) -> gr.HTML:
    """Places with these names, filled by pressing pictures; `result` adds one for what comes out.

    Its value is {"chosen": [query or None for each place], "result": address of a picture,
    "mistake": sentence}. Its event `select` carries what is chosen then, which the value says only
    a moment later.
    """
    return gr.HTML(
        {"chosen": [None] * len(names), "result": "", "mistake": ""},
        html_template='<div class="places"></div><p></p><div class="thumbs"></div>',
        js_on_load="chooser(element, props, (told) => trigger('select', told), watch);",
        names=names,
        shows_result=result,
        apply_default_css=False,
        elem_id=elem_id,
        elem_classes="chooser",
        padding=False,
    )


def chosen(value: Any) -> list[Recipe]:
    """The recipes in the places that are filled, by a chooser's value."""
    return of(value.get("chosen") if isinstance(value, Mapping) else None)


def of(queries: Any) -> list[Recipe]:
    """The recipes in the places that are filled."""
    return [Recipe.read(query) for query in queries or [] if query]
