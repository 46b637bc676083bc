"""The Words tab as HTML that its scripts control; no part of it is Gradio's."""

from __future__ import annotations

from gan_studio.images.edits import MAX_SEED
from gan_studio.images.recipe import MAX_TEXT
from gan_studio.ui.explore.layout import scripted

DRAWING = f"""<section id="drawing" class="panel"><div class="asking">
<div id="painters" role="radiogroup" aria-label="Model"></div>
<label class="field"><span>What shall the picture show?</span>
  <textarea id="sentence" rows="2" maxlength="{MAX_TEXT}" spellcheck="false"></textarea></label>
<p id="understood" class="hint" aria-live="polite"></p>
<div id="chips"></div>
<p class="hint" id="chips-hint" hidden>Each is a slider: right asks for more of it, left of the
  middle for the opposite.</p>
<p class="hint">Try one of these:</p><div id="sentences" class="line"></div>
<details><summary>What can be asked for</summary><p id="askable" class="hint"></p></details>
<div class="line seeds"><label class="field"><span>Seed</span>
  <input type="number" id="words-seed" min="0" max="{MAX_SEED}" step="1" value="1"></label>
<button type="button" id="words-another"
  title="The same sentence with another seed is another picture (R)">⟲ Another</button></div></div>
<div class="answer"><figure id="worded"><img alt="What the sentence asks for"></figure>
<p id="words-readout" class="hint"></p><p id="words-notice" role="alert"></p>
<ul id="words-notes" class="hint"></ul>
<div class="line"><a id="words-save" class="button" download>⬇ Save</a>
  <button type="button" id="words-link">Copy link</button>
  <button type="button" id="words-enlarge">Open in Transform</button></div>
<p class="hint">The same sentence with other seeds:</p><div id="words-others" class="thumbs"></div>
<label class="dropzone" id="words-restore"><span>Drop a saved PNG to restore it</span>
  <input type="file" accept="image/png"></label></div></section>
<p id="no-painters" class="hint" hidden>No model that reads sentences is here yet. Train one of the
  family gan-cls on the Train tab.</p>"""
TAB = DRAWING
"""the panels of the tab; another one stands behind this"""
TEMPLATES = (TAB,)
BASE = 'const place = location.pathname.replace(/\\/?$/, "/words/file/");'
SCRIPTS = ("drawing",)
"""scripts of the panels, loaded when the tab is opened first"""


class Layout:
    """The tab's only component."""

    def __init__(self) -> None:
        loads = "".join(
            f'import(place + "{name}.js").then((panel) => panel.start(element));'
            for name in SCRIPTS
        )
        scripted(TAB, BASE + loads, "words")
