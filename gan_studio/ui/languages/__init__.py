"""The page in other languages: catalogues beside this file, English text -> translation.

Components are written in English, and so are all answers to programs. Only in the configuration
that goes to the browser does a known text become a marker, which the browser fills from the
catalogue of its language.

What the server writes with values in it, errors as well, is English too. The browser recognises it
by the templates of a second catalogue, which it fetches only if its language is another.
"""

from __future__ import annotations

import json
import zlib
from functools import cache
from importlib.resources import files
from typing import Any

import gradio as gr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gan_studio.ui.json_routes import cached_response

LANGUAGES = ("it", "es", "ro")
TEXTS = ("label", "info", "placeholder")
"""properties that are texts in every component"""
VALUE_TEXTS = ("button", "downloadbutton", "html", "loginbutton", "markdown")
"""components whose value is a text as well, and never comes back from the browser"""
GRADIO = "gradio"
"""key of Gradio's own words, for languages into which Gradio does not translate them"""

SENTENCES = "sentences"
"""folder of the catalogues of sentences with values in them"""
FILE_AGE = 3600
"""seconds for which a browser keeps a catalogue of sentences"""


@cache
def catalogue(language: str) -> dict[str, str]:
    """English text -> its translation."""
    return {
        text: translation
        for text, translation in _read_catalogue(language).items()
        if text != GRADIO
    }


def _read_catalogue(language: str) -> dict[str, Any]:
    return json.loads((files(__name__) / f"{language}.json").read_text("utf-8"))


@cache
def sentences(language: str) -> dict[str, Any]:
    """English template -> its translation, or forms of it by CLDR's plural categories.

    A place is {name} for any text, {name:n} for a number, {name:w} for text without spaces or
    {name:v} for names that stay as they are. Another value that is a known text is translated.
    """
    return json.loads((files(__name__) / SENTENCES / f"{language}.json").read_text("utf-8"))


async def _sentences_file(request: Request) -> Response:
    """GET: the catalogue of sentences of a language, or the script that reads it."""
    name = request.path_params["name"]
    places = {f"{language}.json": f"{SENTENCES}/{language}.json" for language in LANGUAGES}
    places["sentences.js"] = "sentences.js"
    if name not in places:
        return Response("There is no such file.", 404)
    media = "application/json" if name.endswith(".json") else "text/javascript"
    return cached_response((files(__name__) / places[name]).read_bytes(), media, FILE_AGE)


def routes() -> list[Route]:
    """The routes of the page's script for other languages than English."""
    return [Route("/languages/{name}", _sentences_file)]


@cache
def keys() -> dict[str, str]:
    """English text -> its key.

    A key is not the text: Gradio's frontend translates whatever equals a key, so a choice whose
    value is its English name would come back from the browser in Italian.
    """
    return {text: f"t{zlib.crc32(text.encode()):08x}" for text in catalogue(LANGUAGES[0])}


@cache
def i18n() -> gr.I18n:
    """All catalogues as Gradio takes them; English is one of them, which other languages get."""
    catalogues: dict[str, dict[str, Any]] = {"en": {key: text for text, key in keys().items()}}
    for language in LANGUAGES:
        own = _read_catalogue(language).get(GRADIO, {})
        ours = {keys()[text]: translation for text, translation in catalogue(language).items()}
        catalogues[language] = {**own, **ours}
    return gr.I18n(**catalogues)


def translatable(text: Any) -> Any:
    """A text as the browser translates it; what no catalogue knows stays as it is."""
    is_known = isinstance(text, str) and text in keys()
    return str(i18n()(keys()[text])) if is_known else text


class WithTranslations(gr.Blocks):
    """Blocks that speak the browser's language, and English to programs."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.i18n_instance = i18n()  # for another app that mounts the page

    def launch(self, *args: Any, **options: Any) -> Any:
        return super().launch(*args, **{"i18n": i18n(), **options})

    def get_config_file(self) -> Any:
        config = super().get_config_file()
        config["components"] = [
            _translate_component(component) for component in config["components"]
        ]
        return config


def _translate_component(component: Any) -> Any:
    """A component's configuration with markers for its texts; a copy."""
    props = dict(component["props"])
    texts = [*TEXTS, "value"] if component["type"] in VALUE_TEXTS else TEXTS
    props |= {name: translatable(props[name]) for name in texts if name in props}
    if props.get("choices"):
        props["choices"] = [(translatable(name), value) for name, value in props["choices"]]
    return {**component, "props": props}
