"""The components of the Explore tab: HTML that the page's scripts control, and Gradio's tabs."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from gan_studio.core.validation import MAX_SEED
from gan_studio.images import animation
from gan_studio.images.edits import BASES, RANGES
from gan_studio.studio import DIRECTIONS, STRIP
from gan_studio.studio.walks import KEYFRAMES
from gan_studio.ui.explore.crop import CROP
from gan_studio.ui.explore.projection import ProjectionPanel


def options(name: str, choices: dict[str, str], start: str) -> str:
    """Radio buttons: value -> what stands beside it."""
    return "".join(
        f'<label><input type="radio" name="{name}" value="{value}"'
        f"{' checked' if value == start else ''}><span>{text}</span></label>"
        for value, text in choices.items()
    )


def places(elem_id: str, *names: str) -> str:
    """Places for pictures that are chosen, for `chooser` in choosing.js."""
    data = json.dumps(names).replace('"', "&quot;")
    return f'<div id="{elem_id}" class="chooser" data-names="{data}"></div>'


STAGE = """<figure id="picture"><img alt="The picture that the chosen generator draws"></figure>
<p id="readout"></p><p id="notice" role="alert"></p>
<div id="opinion"><img alt="The discriminator’s reconstruction" hidden><span></span></div>
<div id="pyramid" hidden
  title="The model draws the picture at all these sizes at once, from the coarsest to the finest.">
</div>
<audio id="sound" controls preload="none" hidden></audio>
<div id="actions">
  <a id="save" class="button" download>⬇ Save</a>
  <button type="button" id="enlarge" aria-pressed="false" hidden
    title="Four times the pixels by super-resolution, once the controls rest. Adds what is likely.">
    ⤢ Enlarge</button>
  <button type="button" id="full-screen">Full screen</button>
  <button type="button" id="link">Copy link</button>
  <button type="button" id="walk" class="walk">▶ Walk</button>
</div>
<div id="below"><div id="history"><div class="head">
  <button type="button" id="undo" title="Back to the previous picture (←)">↶ Undo</button>
  <button type="button" id="redo" title="Forward to the next picture (→)">↷ Redo</button>
  <button type="button" id="favour" title="Keep this picture (F)">☆ Keep</button>
  <label title="While this is checked, pressing a picture takes only its seed; your sliders stay as
    they are.">
    <input type="checkbox" id="seed-only"> <span>seed only</span></label>
</div>
<p>History: press a picture to restore it.</p><div class="thumbs" id="seen"></div>
<p>Favourites, stored in this browser</p><div class="thumbs" id="kept"></div></div>
<div id="nearby"><p class="hint">Variations: press one to move there.</p>
<div id="variations"></div>
<div class="line"><div id="strength" data-label="Variation strength"
  data-info="0 stays at this picture, 1 reaches other seeds"></div>
  <button type="button" id="others">⟲ Others</button></div></div>
<label id="restore"><span>Drop a saved PNG to restore it</span>
  <input type="file" accept="image/png"></label>
<p id="keys" class="hint"><kbd>R</kbd> <span>random</span> <kbd>←</kbd> <kbd>→</kbd>
  <span>undo, redo</span> <kbd>F</kbd> <span>keep</span> <kbd>S</kbd> <span>save</span>
  <kbd>␣</kbd> <span>play or pause</span></p></div>"""
"""the picture, what is said of it, and what can be done with it"""
GROUPS = {
    "faces": "Faces",
    "digits": "Digits",
    "clothes": "Clothes",
    "sounds": "Sounds",
    "others": "Other pictures",
    "yours": "Trained here",
    "imported": "Imported",
}
"""groups of model cards -> their titles, in this order"""
CARD_GROUPS = "".join(
    f'<fieldset data-group="{group}" hidden><legend>{title}</legend><div></div></fieldset>'
    for group, title in GROUPS.items()
)
IMPORT = """<details id="import"><summary>Import a generator</summary>
<label class="drop"><span>Drop a generator here, or press to choose one (.pkl, .pt, .pth)</span>
  <input type="file" accept=".pkl,.pt,.pth,.safetensors"></label>
<div class="working" hidden><progress max="1"></progress><span class="state" role="status"></span>
  <button type="button" class="stop">■ Stop</button></div>
<p role="alert"></p>
<p class="hint">StyleGAN2, StyleGAN3 and DCGAN in the files of their publishers. Nothing in a file
  is run.</p>
<p class="hint">Well-known ones; a press downloads one from its publisher:</p><ul></ul></details>"""
"""how the owner of a page imports; visitors do not see it"""
SOURCE = f"""<button type="button" id="model" aria-expanded="false" aria-controls="cards"
  title="Choose a model"><img alt=""><span><b></b><small></small></span></button>
<div id="cards" role="radiogroup" aria-label="Model" hidden>{CARD_GROUPS}<p role="alert"></p>
<label class="field"><span>Another model by its name</span>
  <input type="text" id="other-model"></label>{IMPORT}</div>
<p id="about"></p>
<div id="seeds">
  <label class="field"><span>Seed</span>
    <input type="number" id="seed" min="0" max="{MAX_SEED}" step="1"></label>
  <button type="button" id="random">⟲ Random</button>
  <label title="While this is checked, Random keeps the seed and moves the sliders.">
    <input type="checkbox" id="lock"> <span>Lock</span></label>
</div>
<fieldset id="label" hidden
  title="Class label: what a conditional model draws. With any, the seed chooses.">
  <legend>Label</legend><div></div></fieldset>
<div id="psi" data-label="Truncation ψ"
  data-info="Below 1 pictures come closer to the average picture, above 1 they become wilder.">
</div>"""
"""model, seed, label and ψ"""
ATTRIBUTES_HINT = (
    "Each follows what a face attribute classifier sees, in standard deviations σ of the model’s "
    "own pictures. Given are the share of faces that it moves from 20 % to 80 %, how much the "
    "others change relative to its own change, and the accuracy of its direction on held-out "
    "pictures. The words are those of CelebA’s annotators and say nothing about a person."
)
DIRECTIONS_OF = ("principal components (PCA)", "weights of the layers (SeFa)")
"""how BASES are called"""
SLIDERS = f"""<div class="named"></div>
<details data-when="named" hidden><summary>How reliable are the sliders with names?</summary>
  <p class="hint">{ATTRIBUTES_HINT}</p><ul></ul>
  <label title="At right angles to one another, the sliders change one another’s attributes less.">
    <input type="checkbox" id="orthogonal"> <span>Orthogonal directions</span></label></details>
<div data-when="movable" hidden>
  <div data-move="rotation" data-label="Rotation" data-info="degrees, anticlockwise"></div>
  <div data-move="shift_x" data-label="Shift to the right"
    data-info="in widths of the picture"></div>
  <div data-move="shift_y" data-label="Shift downwards"
    data-info="in heights of the picture"></div>
</div>
<p class="hint" data-when="model" hidden>Latent directions, the strongest first, in standard
  deviations σ.</p>
<div class="numbered" data-when="model" hidden></div>
<details data-when="layers" hidden><summary>Layers and style mixing</summary>
  <fieldset title="Coarse layers hold pose and shape, fine layers hold colours.">
    <legend>Layers that follow the sliders</legend>
    {options("part", {name: name for name in ("all", *RANGES)}, "all")}</fieldset>
  <fieldset title="Either the principal components of the styles (PCA), or the directions to which
    the layers’ weights respond most (SeFa).">
    <legend>Numbered sliders follow</legend>
    {options("basis", dict(zip(BASES, DIRECTIONS_OF, strict=True)), BASES[0])}</fieldset>
  <label class="field"><span>Style mixing: second seed</span>
    <input type="number" id="second-seed" value="0" min="0" max="{MAX_SEED}" step="1"></label>
  <div id="layer" data-label="Its styles from layer"
    data-info="1 turns style mixing off"></div>
</details>"""
PATHS = {
    "random": "anywhere, until it is paused",
    "seeds": "the next three seeds, in a loop",
    "pictures": "pictures that you choose, in a loop",
}
"""where a walk leads"""
WALK = f"""<fieldset><legend>Walk through</legend>{options("through", PATHS, "random")}</fieldset>
<div data-when="pictures" hidden>
  {places("keyframes", *(str(i + 1) for i in range(KEYFRAMES)))}</div>
<div class="line" data-when="loop" hidden><label class="field"><span>Seconds</span>
  <input type="number" id="seconds" value="4" min="0.5" max="24" step="0.5"></label>
  <fieldset><legend>File</legend>
  {options("kind", {k: k.upper().replace("WEBP", "WebP") for k in animation.KINDS}, "webp")}
  </fieldset></div>
<div class="line"><button type="button" class="walk">▶ Walk</button>
  <a id="save-walk" class="button" download hidden>⬇ Save the loop</a></div>"""
AXES = "".join(f'<option value="{i}">Direction {i}</option>' for i in range(1, DIRECTIONS + 1))
MAP = f"""<fieldset><legend>Spanned by</legend>
  {options("span", {"axes": "two directions", "corners": "three pictures: A − B + C"}, "axes")}
</fieldset>
<div class="line" id="axes">
  <label class="field"><span>To the right</span><select id="right">{AXES}</select></label>
  <label class="field"><span>Upwards</span>
    <select id="up">{AXES.replace('value="2"', 'value="2" selected')}</select></label></div>
<div id="terms" hidden><p class="hint">Latent arithmetic: the difference between A and B is added
  to C. All sliders work on the result.</p>{places("corners", "A", "− B", "+ C")}</div>
<div class="map" tabindex="0" role="application" hidden
  aria-label="Map: drag, or move with the arrow keys and take a picture with Enter">
<img alt="Pictures of a plane through latent space" draggable="false">
<i class="mark"></i><img class="lens" alt=""></div><p class="caption"></p>"""
TEMPLATES = (STAGE, SOURCE, SLIDERS, WALK, MAP, CROP)


def scripted_html(template: str, script: str, elem_id: str, **props: Any) -> gr.HTML:
    """HTML that a script of the page controls; Gradio only places it."""
    return gr.HTML(
        html_template=template,
        js_on_load=script,
        apply_default_css=False,
        elem_id=elem_id,
        elem_classes="live",
        padding=False,
        **props,
    )


class Layout:
    """The tab's components: the picture on the left, what makes it on the right."""

    def __init__(self, *, imports: bool) -> None:
        with gr.Row(elem_id="explore"):
            with gr.Column(scale=5, min_width=320):
                scripted_html(STAGE, "explorer.stage(element);", "stage")
            with gr.Column(scale=6, min_width=320):
                template = SOURCE if imports else SOURCE.replace(IMPORT, "")
                scripted_html(template, "explorer.source(element);", "source")
                with gr.Tabs(elem_id="explore-panels", overflow_behavior="wrap"):
                    self.panels()

    def panels(self) -> None:
        directions = [f"Direction {i}" for i in range(1, DIRECTIONS + 1)]
        with gr.Tab("Sliders"):
            scripted_html(
                SLIDERS, "sliders(element, props);", "sliders",
                names=directions, sigmas=list(STRIP),
            )  # fmt: skip
        with gr.Tab("Walk"):
            scripted_html(WALK, "walk.open(element);", "walks")
        with gr.Tab("Map and sums"):
            scripted_html(MAP, "latentMap(element);", "map")
        with gr.Tab("Your picture"):
            self.projecting = ProjectionPanel()
