"""Places for pictures that are chosen from history and favourites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from gan_studio.recipe import Recipe


def chooser(elem_id: str, names: list[str], *, result: bool = False, **options: Any) -> gr.HTML:
    """Places with these names, filled by pressing pictures; `result` adds one for what comes out.

    Its value is {"chosen": [query or None for each place], "result": address of a picture}; its
    event `select` says that another picture was chosen.
    """
    return gr.HTML(
        {"chosen": [None] * len(names), "result": ""},
        html_template='<div class="places"></div><p></p><div class="thumbs"></div>',
        js_on_load="chooser(element, props, () => trigger('select'), watch);",
        names=names,
        shows_result=result,
        apply_default_css=False,
        elem_id=elem_id,
        elem_classes="chooser",
        padding=False,
        **options,
    )


def chosen(value: Any) -> list[Recipe]:
    """The recipes in the places that are filled."""
    queries = value.get("chosen") if isinstance(value, Mapping) else None
    return [Recipe.read(query) for query in queries or [] if query]
