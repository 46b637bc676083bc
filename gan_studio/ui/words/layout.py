"""The Words tab as HTML that its scripts control; no part of it is Gradio's."""

from __future__ import annotations

from gan_studio.core.validation import MAX_SEED
from gan_studio.images.recipe import MAX_TEXT
from gan_studio.sound import recipe as sound
from gan_studio.studio import TAUGHT_BY
from gan_studio.ui.explore.layout import scripted_html

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
SPEAKING = f"""<section id="speaking" class="panel" hidden><div class="asking">
<label class="field"><span>What shall be said?</span>
  <textarea id="speech" rows="2" maxlength="{sound.MAX_TEXT}" spellcheck="false"></textarea></label>
<div class="line"><button type="button" id="speak" class="primary"
    title="Enter does the same; Shift and Enter begin a new line">▶ Speak</button>
  <button type="button" id="speech-stop" disabled>■ Stop</button></div>
<p class="hint">Try one of these:</p><div id="speeches" class="line"></div>
<fieldset id="voices"><legend>Voices, mixed by weight: slt is a woman’s, rms a man’s, awb a
  Scotsman’s</legend></fieldset>
<label class="slider"><span><span>Pace</span> <output id="pace-value"></output></span>
  <input type="range" id="pace" min="{sound.PACES[0]}" max="{sound.PACES[1]}" step="0.05"
  value="1"></label>
<label class="slider"><span><span>Pitch in semitones</span>
  <output id="pitch-value"></output></span><input type="range" id="pitch"
  min="{sound.PITCHES[0]:g}" max="{sound.PITCHES[1]:g}" step="0.5" value="0"></label>
<details><summary>Phones</summary><label class="field"><span>What is said, sound by sound: ARPABET
  with stress, _ for a pause. Edit it and press Speak.</span><textarea id="phones" rows="3"
  maxlength="{sound.MAX_PHONES}" spellcheck="false"></textarea></label></details></div>
<div class="answer"><p id="speech-readout" class="hint"></p><p id="speech-notice" role="alert"></p>
<div id="takes"></div>
<p class="hint">One spectrogram made audible in several ways: by the vocoder, which learned with an
  adversary, and by what does without. The spectra are those of the sound that came out.</p>
<ul id="speech-notes" class="hint"></ul>
<div class="line"><a id="speech-save" class="button" download="speech.wav">⬇ Save</a>
  <button type="button" id="speech-link">Copy link</button></div>
<label class="dropzone" id="speech-restore"><span>Drop a saved WAV to restore it</span>
  <input type="file" accept="audio/wav,.wav"></label>
<p class="hint">{TAUGHT_BY}</p></div></section>
<p id="no-speech" class="hint" hidden>No model that speaks is here yet.</p>"""
PANELS = """<div id="words-panels" role="radiogroup" aria-label="What the words become">
<label><input type="radio" name="words-panel" value="drawing" checked>Picture</label>
<label><input type="radio" name="words-panel" value="speaking">Speech</label></div>"""
TAB = PANELS + DRAWING + SPEAKING
"""both panels of the tab, of which one is shown"""
TEMPLATES = (TAB,)
BASE = 'const place = location.pathname.replace(/\\/?$/, "/words/file/");'
SCRIPTS = ("drawing", "speaking")
"""scripts of the panels, loaded when the tab is opened first"""


class Layout:
    """The tab's only component."""

    def __init__(self) -> None:
        loads = "".join(
            f'import(place + "{name}.js").then((panel) => panel.start(element));'
            for name in SCRIPTS
        )
        scripted_html(TAB, BASE + loads, "words")
