"""The routes of the Learn tab's scripts: chapters, figures, and trainings that pupils look at."""

from __future__ import annotations

import asyncio
import dataclasses
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gan_studio import lessons
from gan_studio.core.validation import MAX_SEED, check_int
from gan_studio.studio import FAMILIES, TRANSLATIONS, Studio, any_family, by_hand
from gan_studio.studio.by_hand import HandTrainings
from gan_studio.studio.plane import POINT_SETS, PlaneTrainings
from gan_studio.ui import image_cache
from gan_studio.ui.batching import WorkQueue
from gan_studio.ui.json_routes import Answer, Fields, cached_response, json_route

PREFIX = "/learn/"
"""where the routes lie"""
LONG: tuple[str, ...] = ()
"""the routes that take seconds"""
SCRIPTS = files(__name__.rpartition(".")[0])
MEDIA = {"js": "text/javascript", "json": "application/json", "jpg": "image/jpeg"}
SHARED = ("drawing", "recording")
"""scripts that several figures use"""
PLAYERS = "dcgan-mnist"
"""the model whose networks the diagram shows, where it is at hand"""
FILE_AGE = 3600
"""seconds for which a browser keeps a figure's files"""


class Live:
    """The routes over a studio."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        most = studio.limits.lessons
        self.planes, self.hands = PlaneTrainings(most), HandTrainings(most)
        # One turn after the other, so that everybody who waits gets one.
        self.queue = WorkQueue[Answer](most)
        self.warm_up_future: asyncio.Future[Any] | None = None

    def routes(self) -> list[Route]:
        handlers = (self.chapters, self.plane, self.steps, self.players, self.tree)
        return [
            *(json_route(PREFIX + handler.__name__, handler) for handler in handlers),
            Route(f"{PREFIX}figure/{{name}}.js", self.script),
            Route(f"{PREFIX}recorded/{{name}}", self.recorded),
        ]

    async def chapters(self, fields: Fields) -> Answer:
        """All chapters in a language, and what is wrong with those of a teacher's folder."""
        language = fields.get("language", "en")
        language = language if language in lessons.LANGUAGES else "en"
        course = await asyncio.to_thread(lessons.load, language)
        self.warm_up_future = self.warm_up_future or asyncio.ensure_future(
            asyncio.to_thread(by_hand.prepare)
        )
        return {
            "chapters": [dataclasses.asdict(chapter) for chapter in course.chapters],
            "problems": course.problems,
        }

    async def plane(self, fields: Fields) -> Answer:
        """A turn of trainings on points in the plane, and what is drawn of them."""
        waiting = self.queue.waiting
        state = await self.queue.run(lambda: self.planes.advance(fields, waiting))
        options = {"families": list(FAMILIES), "sets": list(POINT_SETS)} if state["fresh"] else {}
        return {**state, **options}

    async def steps(self, fields: Fields) -> Answer:
        """A step of a GAN by hand, and the discriminator's scores before and after it."""

        def work() -> Answer:
            state = self.hands.act(fields)
            return {**state, **{name: image_cache.inline(state[name]) for name in ("real", "fake")}}

        return await self.queue.run(work)

    async def players(self, fields: Fields) -> Answer:
        """The networks of a model that ships, and what they make of a seed."""
        seed = check_int(fields.get("seed", 1), "seed", 0, MAX_SEED)

        def work() -> Answer:
            diagram = self.studio.diagram(self.player_model(), seed)
            return {**diagram, "picture": image_cache.inline(diagram["picture"])}

        return await self.queue.run(work)

    def player_model(self) -> str:
        names = self.studio.models()
        if not names:
            raise ValueError("There is no model here yet; train one on the Train tab.")
        return PLAYERS if PLAYERS in names else names[0]

    async def tree(self, _: Fields) -> Answer:
        """The papers of all families that are trained here, and a model of each."""
        cards = await asyncio.to_thread(self.studio.model_cards)
        models = {family: [c.name for c in cards if c.family == family] for family in FAMILIES}
        families = {name: any_family(name) for name in (*FAMILIES, *TRANSLATIONS)}
        return {
            "families": [
                {"name": name, "paper": one.paper, "summary": one.summary,
                 "models": models.get(name, [])}
                for name, one in families.items()
            ]
        }  # fmt: skip

    async def script(self, request: Request) -> Response:
        """GET: the script of a figure."""
        name = request.path_params["name"]
        names = (*lessons.FIGURES, *SHARED)
        return _file(SCRIPTS / f"{name}.js" if name in names else None, "js")

    async def recorded(self, request: Request) -> Response:
        """GET: a recorded training, or a picture that a figure shows."""
        name = request.path_params["name"]
        paths = {path.name: path for path in lessons.RECORDED.glob("*.*")}
        return _file(paths.get(name), name.rpartition(".")[2])


def _file(path: Any, ending: str) -> Response:
    if path is None or not path.is_file():
        return JSONResponse({"error": "There is no such file."}, 404)
    return cached_response(path.read_bytes(), MEDIA[ending], FILE_AGE)
