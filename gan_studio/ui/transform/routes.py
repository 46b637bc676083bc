"""The routes of the Transform tab's script: a picture and settings in, its translation out."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import gradio as gr
from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gan_studio.core.validation import abbreviate, check_float
from gan_studio.images import convert
from gan_studio.images import files as image_files
from gan_studio.images.files import TRANSLATION_KEY
from gan_studio.images.transparency import LAYERED
from gan_studio.studio import Studio, Translation, TranslationRecipe, TranslatorCard
from gan_studio.studio.translate import NOTES, digest
from gan_studio.ui import image_cache
from gan_studio.ui.batching import WorkQueue
from gan_studio.ui.errors import user_errors
from gan_studio.ui.json_routes import (
    Answer,
    Fields,
    bytes_route,
    cached_response,
    json_route,
    read_fields,
)
from gan_studio.ui.transform import enlarging, examples, pictures, repairing, titles
from gan_studio.ui.transform.enlarging import Enlargements, save_png

PREFIX = "/transform/"
"""where the routes lie"""
LONG = ("upload", "propose", "save", "restore", "enlarge")
"""the routes that may take seconds"""
MAX_PICTURE = 64 << 20
"""bytes of a picture that is sent"""
MAX_PAGE_SIZE = 1024
"""pixels of the shorter side at which a network looks at a picture, at most"""
MIN_SQUARE = 0.2
"""of the shorter side that a square of a picture has"""
PHOTOGRAPH = 128
"""pixels of width from which on pictures are shown as JPEG"""
THUMB = 96
"""pixels along a side of an example"""
EXAMPLE_AGE = 3600
"""seconds for which a browser keeps an example"""


class Live:
    """The routes over a studio."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.warm_up_future: asyncio.Future[None] | None = None
        # One at a time each, so that no stroke waits for somebody's large PNG.
        self.quick = WorkQueue[Answer](studio.limits.queue_size)
        self.slow = WorkQueue[Answer](studio.limits.queue_size)
        self.enlargements = Enlargements(studio)

    def routes(self) -> list[Route]:
        plain = (self.models, self.translate, self.inpaint, self.propose, self.lines, self.save)
        return [
            *(json_route(PREFIX + handler.__name__, handler) for handler in plain),
            *(bytes_route(PREFIX + one.__name__, one) for one in (self.upload, self.restore)),
            Route(f"{PREFIX}example", self.example),
            Route(f"{PREFIX}enlarge", self.enlarge, methods=["POST"]),
        ]

    async def models(self, _: Fields) -> Answer:
        """The models, each with its examples."""
        cards = await asyncio.to_thread(self.choices)
        drawing = [one["name"] for one in cards if one["task"] == "lines"]
        if drawing and not self.warm_up_future:
            self.warm_up_future = asyncio.ensure_future(asyncio.to_thread(self.warm_up, drawing[0]))
        return {"models": cards}

    def warm_up(self, model: str) -> None:
        """Draw once, so that a visitor's first stroke does not wait for modules and weights."""
        stroke = Image.linear_gradient("L").point([255 * (v > 8) for v in range(256)])
        with suppress(ValueError):
            self.studio.translate(model, stroke, input="drawing")

    def choices(self) -> list[Answer]:
        cards = {card.name: card for card in self.studio.translator_cards()}
        return [
            {**one, "examples": examples.names(self.studio, cards[one["name"]])}
            for one in titles.with_titles([*cards.values()])
        ]

    async def example(self, request: Request) -> Response:
        """GET: a small picture of an example."""
        try:
            picture = await asyncio.to_thread(
                examples.picture, self.studio, request.query_params.get("name", "")
            )
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 404)
        small = picture.copy()
        small.thumbnail((2 * THUMB, THUMB))
        return cached_response(image_cache.jpeg(small), "image/jpeg", EXAMPLE_AGE)

    async def upload(self, contents: bytes) -> Answer:
        """Keep a picture for the requests to come."""
        return {"source": await asyncio.to_thread(pictures.keep, contents)}

    async def translate(self, fields: Fields) -> Answer:
        """The translation as the page shows it, at full strength: the page blends."""
        recipe = dataclasses.replace(_recipe(fields), strength=1.0)
        enlarges = recipe.model in self.studio.upscalers()

        def work() -> Answer:
            if enlarges:
                source = enlarging.middle(self.source(fields, pictures.middle))
            else:
                source = pictures.shrink(self.source(fields, pictures.preview))
            start = time.perf_counter()
            translation = translate_within_limits(self.studio, recipe, source)
            values = translation_fields(translation)
            return {
                **values,
                "notes": [*self.remarks(fields), *values["notes"]],
                "text": self.duration(time.perf_counter() - start),
            }

        return await _run(self.quick, work)

    async def inpaint(self, fields: Fields) -> Answer:
        """A face with its hole filled by a network, at once."""
        if (model := _recipe(fields).model) in repairing.GENERATORS:
            raise ValueError(f"{model} proposes fillings; ask for them by propose.")
        return await _run(self.quick, lambda: self.repair({**fields, "count": 1}))

    async def propose(self, fields: Fields) -> Answer:
        """A face with its hole filled in several ways by a generator, in seconds."""
        return await _run(self.slow, lambda: self.repair(fields))

    def repair(self, fields: Fields) -> Answer:
        source = self.repairable(fields, pictures.preview)
        start = time.perf_counter()
        translations = self.inpaint_proposals(fields, source)
        duration = self.duration(time.perf_counter() - start)
        proposals = [
            {"seed": one.recipe.seed, "picture": _address(one.image)} for one in translations
        ]
        return {
            "source": _address(source),
            "proposals": proposals,
            "width": source.width,
            "height": source.height,
            "transparent": translations[0].image.mode in LAYERED,
            "notes": [
                *self.remarks(fields),
                *translations[0].notes,
                *repairing.doubts(translations[0].recipe),
            ],
            "text": duration,
        }

    def repairable(self, fields: Fields, of_token: Callable[[str], Image.Image]) -> Image.Image:
        """The part of a request's picture that a model takes: for faces the middle square."""
        source, model = self.source(fields, of_token), _recipe(fields).model
        cards = {card.name: card for card in self.studio.translator_cards()}
        whole = model in cards and not cards[model].square
        return source if whole else repairing.middle_square(source)

    def inpaint_proposals(self, fields: Fields, source: Image.Image) -> list[Translation]:
        """The proposals for the middle square of a picture and a mask that was painted over it."""
        recipe = _recipe(fields)
        mask = repairing.drawing_to_mask(pictures.drawing(_text(fields, "mask")), source.size)
        return repairing.proposals(
            self.studio, recipe.model, source, mask, count=fields.get("count", 1),
            seed=recipe.seed, grow=recipe.grow, feather=recipe.feather, invert="no",
        )  # fmt: skip

    async def enlarge(self, request: Request) -> Response:
        """POST: all of a picture enlarged; see `Enlargements.respond` for the lines that come."""
        try:
            with user_errors():
                fields = await read_fields(request)
                recipe = _recipe(fields)
                source = await asyncio.to_thread(self.source, fields, pictures.full)
        except gr.Error as error:
            return JSONResponse({"error": error.message})
        return self.enlargements.respond(source, recipe)

    async def lines(self, fields: Fields) -> Answer:
        """The lines of a picture, as a drawing, and notes on how the picture was read."""
        model = _text(fields, "model")

        def work() -> Answer:
            source = self.source(fields, pictures.preview)
            drawing = self.studio.line_drawing(model, source)
            return {"drawing": _address(drawing, exact=True), "notes": self.remarks(fields)}

        return await _run(self.quick, work)

    async def save(self, fields: Fields) -> Answer:
        """A PNG at full size that carries its recipe: where it lies, and its name."""
        recipe = _recipe(fields)

        def work() -> Answer:
            source = self.source(fields, pictures.full)
            if "mask" in fields:
                source = self.repairable(fields, pictures.full)
                [translation] = self.inpaint_proposals({**fields, "count": 1}, source)
                return save_png(translation)
            return save_png(translate_within_limits(self.studio, recipe, source))

        return await _run(self.slow, work)

    async def restore(self, contents: bytes) -> Answer:
        """The settings that a PNG carries, and the example that it was made from, if it was."""
        return await asyncio.to_thread(self.read_png, contents)

    def read_png(self, contents: bytes) -> Answer:
        missing = "holds no recipe; drop a PNG that was saved on the Transform tab"
        text = image_files.read_text(io.BytesIO(contents), TRANSLATION_KEY, missing)
        recipe = TranslationRecipe.from_json(text)
        cards = {card.name: card for card in self.studio.translator_cards()}
        if recipe.mask:
            return self.repair_fields(recipe, cards)
        if recipe.model not in cards:
            raise ValueError(f"The model {abbreviate(recipe.model)} of this picture is not here.")
        names = examples.names(self.studio, cards[recipe.model])
        matches = (n for n in names if digest(examples.picture(self.studio, n)) == recipe.sha256)
        return {"recipe": dataclasses.asdict(recipe), "example": next(matches, "")}

    def repair_fields(
        self, recipe: TranslationRecipe, cards: Mapping[str, TranslatorCard]
    ) -> Answer:
        """The same of a repaired picture, with the mask as a drawing, black on white."""
        tab_model = repairing.tab_of(recipe.model, cards)
        names = examples.names(self.studio, cards[tab_model])
        matches = (n for n in names if digest(examples.picture(self.studio, n)) == recipe.sha256)
        settings = {**dataclasses.asdict(recipe), "mask": ""}
        mask = repairing.mask_to_drawing(recipe.mask, square=cards[tab_model].square)
        drawing = _address(mask, exact=True)
        return {
            "recipe": {**settings, "model": tab_model, "method": recipe.model},
            "mask": drawing,
            "example": next(matches, ""),
        }

    def source(self, fields: Fields, of_token: Callable[[str], Image.Image]) -> Image.Image:
        """The picture that a request names: a drawing, an example, or (a square of) one sent."""
        if "drawing" in fields:
            return pictures.drawing(_text(fields, "drawing"))
        if "example" in fields:
            return examples.picture(self.studio, _text(fields, "example"))
        picture = of_token(_text(fields, "source"))
        return _square(picture, fields["square"]) if "square" in fields else picture

    def remarks(self, fields: Fields) -> list[str]:
        """Sentences on how the picture of a request was read."""
        is_upload = "source" in fields and not {"drawing", "example"} & fields.keys()
        return pictures.remarks(_text(fields, "source")) if is_upload else []

    def duration(self, seconds: float) -> str:
        return f"{1000 * seconds:.0f} ms · {self.studio.device_name}"


def translate_within_limits(
    studio: Studio, recipe: TranslationRecipe, source: Image.Image
) -> Translation:
    """As `Studio.translate` does, at a size that the page allows."""
    if recipe.size > MAX_PAGE_SIZE:
        raise ValueError(
            f"size must be at most {MAX_PAGE_SIZE} pixels on this page, not {recipe.size}."
        )
    if recipe.model in studio.upscalers():
        return enlarging.upscale_within_limits(studio, recipe, source)
    return studio.translate(
        recipe.model,
        source,
        strength=recipe.strength,
        direction=recipe.direction,
        size=recipe.size,
        input=recipe.input,
    )


def translation_fields(translation: Translation) -> Answer:
    """A translation for the page."""
    back = translation.round_trip
    return {
        "source": _address(translation.source),
        "picture": _address(translation.image),
        "round_trip": _address(back) if back else "",
        "width": translation.image.width,
        "height": translation.image.height,
        "transparent": translation.image.mode in LAYERED,
        "notes": [
            note
            for note in translation.notes
            if note != NOTES["aligned"]  # the page says it
        ],
    }


async def _run(queue: WorkQueue[Answer], work: Callable[[], Answer]) -> Answer:
    """The answer; with `gone` where a picture was deleted meanwhile: the page sends it again."""
    try:
        return await queue.run(work)
    except pictures.GoneError as error:
        return {"gone": str(error)}


def _recipe(fields: Fields) -> TranslationRecipe:
    """The settings that a request names; ValueError unless they make a recipe."""
    settings = fields.get("recipe")
    if not isinstance(settings, Mapping):
        raise ValueError(f"The recipe must be an object of settings, not {abbreviate(settings)}.")
    names = [field.name for field in dataclasses.fields(TranslationRecipe)]
    return TranslationRecipe(
        **{"model": "", **{name: settings[name] for name in names if name in settings}}
    )


def _square(picture: Image.Image, square: Any) -> Image.Image:
    """A square of a picture; ValueError unless its centre and its side are numbers from 0 to 1."""
    if not isinstance(square, list) or len(square) != 3:
        raise ValueError(f"The square must be a list of three numbers, not {abbreviate(square)}.")
    x, y = (check_float(at, "The square’s centre", 0, 1) for at in square[:2])
    return convert.crop_square(picture, x, y, check_float(square[2], "The square", MIN_SQUARE, 1))


def _text(fields: Fields, name: str) -> str:
    if not isinstance(value := fields.get(name), str):
        raise ValueError(f"The {name} must be text, not {type(value).__name__}.")
    return value


def _address(picture: Image.Image, *, exact: bool = False) -> str:
    """A picture as an address of the page: a small one exactly, a large one fast if opaque."""
    if picture.mode in LAYERED:
        media, contents = "png", image_files.encode_png(picture, keep_alpha=True)
    elif exact or picture.width < PHOTOGRAPH:
        media, contents = "png", image_files.encode_png(picture)
    else:
        media, contents = "jpeg", image_cache.jpeg(picture)
    return image_cache.data_url(f"image/{media}", contents)
