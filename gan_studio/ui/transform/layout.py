"""The Transform tab as HTML that the page's scripts control; no part of it is Gradio's."""

from __future__ import annotations

from gan_studio.ui.explore.layout import options, scripted
from gan_studio.ui.transform.titles import OTHER, SHIPPED, TASKS

TOOLS = """<div class="tools">
  <fieldset><legend class="unseen">Tool</legend>{tools}</fieldset>
  <button type="button" data-do="undo" title="Undo the last stroke (Ctrl+Z)">↶ Undo</button>
  <button type="button" data-do="redo" title="Redo the stroke (Ctrl+Shift+Z)">↷ Redo</button>
  <button type="button" data-do="clear">Clear</button></div>""".format(
    tools=options("tool", {"pen": "Pen", "eraser": "Eraser"}, "pen")
)
CANVAS = f"""<div id="board" hidden><div class="paper">
<canvas width="512" height="512" tabindex="0" role="application"
  aria-label="Canvas: draw with the pointer, or move with the arrow keys and press Space to put the
    pen down or up"></canvas><i class="pen-at" hidden></i></div>
{TOOLS}</div>"""
SOURCE = f"""<div class="source">{CANVAS}
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
        scripted(TAB, "transform.start(element);", "transform")
