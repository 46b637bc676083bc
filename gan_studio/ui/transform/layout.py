"""The Transform tab as HTML that the page's scripts control; no part of it is Gradio's."""

from __future__ import annotations

from gan_studio.ui.explore.layout import options, scripted_html
from gan_studio.ui.transform.titles import OTHER, SHIPPED, TASKS

UNDO = """<button type="button" data-do="undo" title="Undo the last stroke (Ctrl+Z)">↶ Undo</button>
  <button type="button" data-do="redo" title="Redo the stroke (Ctrl+Shift+Z)">↷ Redo</button>
  <button type="button" data-do="clear">Clear</button>"""
TOOLS = """<div class="tools">
  <fieldset><legend class="unseen">Tool</legend>{tools}</fieldset>
  {undo}</div>""".format(
    tools=options("tool", {"pen": "Pen", "eraser": "Eraser"}, "pen"), undo=UNDO
)
CANVAS = f"""<div id="board" hidden><div class="paper">
<canvas width="512" height="512" tabindex="0" role="application"
  aria-label="Canvas: draw with the pointer, or move with the arrow keys and press Space to put the
    pen down or up"></canvas><i class="pen-at" hidden></i></div>
{TOOLS}</div>"""
HOLES = {
    "eyes": "Eyes", "mouth": "Mouth", "left": "Left half", "middle": "Middle",
    "scribble": "Scribble",
}  # fmt: skip
"""masks that are painted by a press"""
REPAIR = """<div id="repairing" hidden><div class="paper over"><img class="under" alt="">
<canvas width="512" height="512" tabindex="0" role="application"
  aria-label="Mask: paint with the pointer over what is to be filled, or move with the arrow keys
    and press Space to put the brush down or up"></canvas><i class="pen-at" hidden></i></div>
<div class="tools"><fieldset><legend class="unseen">Tool</legend>{tools}</fieldset>{undo}
  <button type="button" id="invert-mask">Invert</button></div>
<div class="tools">{holes}</div>
<p class="hint">Adds what is likely, not what was there.</p>
<div class="tools" id="proposing"><button type="button" id="propose">Propose faces</button>
  <span class="hint">A generator of faces draws three others, in seconds.</span></div>
<div id="proposals" class="thumbs"></div>
<div id="grow-hole" data-label="Grow"
  data-info="Pixels, as the model sees them, by which the hole grows: leftover edges of what is
    hidden are drawn again otherwise"></div>
<div id="feather-hole" data-label="Feather"
  data-info="Pixels over which the filling fades into the picture; 0 leaves all that is known as it
    is"></div>
<label class="dropzone" id="bring-mask"><span>Drop a mask: white is filled</span>
  <input type="file" accept="image/png,image/jpeg,image/webp"></label></div>""".format(
    tools=options("brush", {"pen": "Brush", "eraser": "Eraser"}, "pen"),
    undo=UNDO,
    holes="".join(
        f'<button type="button" data-hole="{name}">{text}</button>' for name, text in HOLES.items()
    ),
)
SCALE = options("scale", {"2": "× 2", "4": "× 4"}, "4")
SOURCE = f"""<div class="source">{CANVAS}{REPAIR}
<label class="dropzone" id="bring"><span data-when="lines">Drop a photograph: its lines become the
  drawing</span><span data-when="photo">Drop a picture, or press to choose one</span>
  <input type="file" accept="image/png,image/jpeg,image/webp"></label>
<div id="frame" hidden><div class="crop"><img alt="Your picture" draggable="false">
  <i class="square" tabindex="0" role="application"
    aria-label="The square that is used: drag it, or move it with the arrow keys"></i></div>
  <div id="frame-share" data-label="Square" data-info="Drag the square over the face. It fits best
    from the chin to above the hair."></div></div>
<div id="tries"><p class="hint">Examples</p><div class="thumbs"></div></div>
<fieldset id="way" hidden><legend>Direction</legend><div></div></fieldset>
<div id="translation-strength" data-label="Strength"
  data-info="Blends the source (0) with the translation (1)"></div>
<div id="render-factor" hidden data-label="Render factor"
  data-info="Pixels at which the model looks at the picture: fewer give bolder colours, more give
    finer ones and take longer"></div>
<div id="enlarging" hidden><fieldset><legend>Scale</legend>{SCALE}</fieldset>
<div id="sharpness" data-label="Sharpness"
  data-info="Mixes the weights of two networks: 0 is faithful to what can be known, 1 adds what is
    likely"></div>
<div id="noise" data-label="Noise"
  data-info="0 is for clean pictures, 1 for those with noise and traces of JPEG"></div>
<label class="check" title="The result, made small again, gives the picture back">
  <input type="checkbox" name="keep-colours" checked>
  <span>Keep colours (back-projection)</span></label></div>
<figure id="round-trip" hidden><img alt="The translation, translated back">
  <figcaption>Round trip: the translation, translated back</figcaption></figure></div>"""
RESULT = """<div class="result">
<figure id="translated"><img class="before" alt="The source"><img class="made"
  alt="What the model makes of it"><input type="range" min="0" max="100" value="50"
  aria-label="Before and after"></figure>
<p id="translated-in"></p><p id="translation-notice" role="alert"></p>
<ul id="translation-notes"></ul>
<div class="line"><button type="button" id="save-translation">⬇ Save</button>
  <button type="button" id="link-translation">Copy link</button>
  <button type="button" id="stop-translation" hidden>■ Stop</button></div>
<label class="dropzone" id="restore-translation">
  <span>Drop a saved PNG to restore its settings</span>
  <input type="file" accept="image/png"></label>
<p class="hint"><kbd>S</kbd> <span>save</span> <kbd>Esc</kbd> <span>stop</span></p></div>"""
TAB = f"""<div id="translators" role="radiogroup" aria-label="What to do"></div>
<p id="translator-about" class="hint"></p>
<p id="no-translators" class="hint" hidden>No model that turns pictures into pictures is here yet.
  Train one of the family pix2pix, cyclegan or cut on the Train tab.</p>
<div class="translation" hidden>{SOURCE}{RESULT}</div>"""
TEMPLATES = (TAB,)
TITLES = {text for title in (*SHIPPED.values(), *TASKS.values(), OTHER) for text in title}
"""texts that the server sends and the page translates"""


class Layout:
    """The tab's only component."""

    def __init__(self) -> None:
        scripted_html(TAB, "transform.start(element);", "transform")
