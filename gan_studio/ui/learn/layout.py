"""The Learn tab as HTML that the page's scripts control."""

from __future__ import annotations

import gradio as gr

from gan_studio.ui.explore.layout import scripted_html

TAB = """<nav id="chapters" aria-label="Chapters"><ol></ol></nav>
<p id="lesson-notice" role="alert"></p>
<article id="chapter" tabindex="-1" hidden>
<header><p class="hint" id="chapter-place"></p><h2></h2></header>
<div class="read"><div class="text"></div>
  <p class="try"><button type="button" id="try"></button></p></div>
<section class="figure" aria-label="Figure"><div class="stage"></div>
  <p class="figure-notice" role="alert"></p></section>
<section id="questions"><h3>Questions</h3>
  <p class="hint">Answer once before you read and once after. Your answers stay in this
    browser.</p><div class="asked"></div></section>
<footer class="line"><button type="button" id="chapter-before">← Back</button>
  <button type="button" id="chapter-next">Next →</button>
  <button type="button" id="present" aria-pressed="false"
    title="Large type for a projector">Presentation</button>
  <button type="button" id="print-chapter">Print</button>
  <button type="button" id="link-chapter">Copy link</button>
  <p class="hint"><kbd>←</kbd> <kbd>→</kbd> <span>chapters</span> <kbd>P</kbd>
    <span>presentation</span></p></footer></article>"""
TEMPLATES = (TAB,)


class Layout:
    """The tab's only component that is seen, and those by which it prepares other tabs."""

    def __init__(self) -> None:
        self.query = gr.Textbox("", visible=False)
        self.to_train = gr.Button("train", elem_id="lesson-train", visible="hidden")
        self.to_compare = gr.Button("compare", elem_id="lesson-compare", visible="hidden")
        scripted_html(TAB, "learn.start(element);", "learn")
