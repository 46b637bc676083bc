"""What the browser remembers of pictures: history, undo and redo, favourites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from gan_studio.recipe import Recipe
from gan_studio.ui.controls import recipe_of, reseeded, told

if TYPE_CHECKING:
    from gan_studio.ui.explore import Explore

SHELVES = """<div class="head">
  <button type="button" id="undo" title="Back to the picture before (←)">↶ Undo</button>
  <button type="button" id="redo" title="On to the picture after (→)">↷ Redo</button>
  <button type="button" id="favour" title="Keep this picture (F)">☆ Keep</button>
  <label title="Press a picture to take its seed alone, under your own sliders">
    <input type="checkbox" id="seed-only"> seed only</label>
</div>
<p>History: press one to restore it.</p><div class="thumbs" id="seen"></div>
<p>Favourites, kept in this browser</p><div class="thumbs" id="kept"></div>"""


class History:
    """Strips of small pictures that the page fills by itself; a press restores one."""

    def __init__(self) -> None:
        # Rendered by `wire`, outside of the tab: what stands inside works only once it is opened.
        self.favourites = gr.BrowserState(
            [], storage_key="gan-studio-favourites", secret="gan-studio", render=False
        )
        self.shelves = gr.HTML(
            {"query": "", "seed_only": False},
            html_template=SHELVES,
            js_on_load="shelves.open(element, props, () => trigger('click'));",
            apply_default_css=False,
            elem_id="history",
            padding=False,
        )
        self.keep = gr.Button("keep", elem_id="keep", visible="hidden")

    def wire(self, page: gr.Blocks, explore: Explore) -> None:
        self.favourites.render()
        # What the browser remembers is read only after the page is there.
        there = page.load(None, None, None, js="() => []")
        there.then(None, self.favourites, None, js="(kept) => shelves.remember(kept)")
        self.keep.click(None, None, self.favourites, js="() => [shelves.kept]")

        @told
        def recall(asked: dict[str, Any], *controls: Any) -> list[Any]:
            recipe = Recipe.read(asked["query"])
            if asked["seed_only"]:
                own = recipe_of(*controls)
                recipe = reseeded(own, recipe.seed)
            return explore.actions.show(recipe)

        inputs = [self.shelves, *explore.recipe]
        explore.jump(self.shelves.click, recall, inputs, trigger_mode="always_last")
