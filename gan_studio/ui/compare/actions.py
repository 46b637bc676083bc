"""Handlers of the Compare tab's events."""

# Gradio reads the annotations of results as they are, so they are not postponed here.
import csv
import dataclasses
import html
import io
import random
import time
from typing import Any

import gradio as gr
from PIL import Image

from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.studio import Studio
from gan_studio.studio.compare import Comparison, parse_seeds
from gan_studio.studio.compare_translators import TranslatorComparison
from gan_studio.ui import image_cache, plots
from gan_studio.ui.compare import views
from gan_studio.ui.compare.layout import LATENTS, PICTURES, SEEDS, SMOOTHING, Layout
from gan_studio.ui.errors import reports_errors
from gan_studio.ui.html import paragraphs
from gan_studio.ui.transform import examples


class Actions:
    """Handlers over a studio, for the components of one layout."""

    def __init__(self, studio: Studio, layout: Layout) -> None:
        self.studio, self.layout = studio, layout

    @reports_errors
    def compare(
        self,
        models: list[str] | None = None,
        seeds: str = SEEDS,
        label: str = "",
        smoothing: float = SMOOTHING,
        pictures: list[gr.FileData] | None = None,
    ) -> tuple[gr.FileData, list[dict], list[dict]]:
        """Draw the same seeds with several models: a grid, their training's curves, their numbers.
        Models that turn pictures into pictures, as /translators lists them, get the same sources.

        Args:
            models: names of models whose pictures are alike in size and colour, a row each, or of
                models that turn pictures into pictures and learnt one task; when none are given,
                the largest set of the former
            seeds: whole numbers from 0 to 2^32 - 1, such as "1, 2, 3", a column each
            label: what conditional models draw; when empty, each column its own class
            smoothing: of the curves, 0 to 0.99
            pictures: files to translate, a column each; without any, examples of the first model

        Returns:
            grid: a PNG with a row for each model and a column for each seed or source
            curves: what was recorded of the models' trainings
            table: what each model costs and how good it is
        """
        models = self.studio.comparable() if models is None else models
        first = models[0] if isinstance(models, list) and models else None
        translates = bool(first) and self.studio.is_translator(str(first))
        comparison = self.compare_models(
            PICTURES if translates else LATENTS, models, seeds, label, pictures
        )
        curves = [
            {"model": name, **dataclasses.asdict(curve)}
            for name in models
            for curve in self.studio.curves(name, smoothing)
        ]
        return gr.FileData(path=_png(comparison)), curves, comparison.table

    def compare_models(
        self, kind: str, models: list[str], seeds: str, label: str, files: Any
    ) -> Comparison | TranslatorComparison:
        """The same seeds, or sources, through the models."""
        if kind == LATENTS:
            return self.studio.compare(models, seeds, label or None)
        return self.studio.compare_translators(models, self.sources(models, files))

    def sources(self, models: list[str], files: Any) -> dict[str, Image.Image]:
        """The uploaded pictures, or else the examples of the first model."""
        if files:
            paths = image_cache.uploaded_paths(files)
            return {f"{i}": image_files.load(path) for i, path in enumerate(paths, 1)}
        cards = {card.name: card for card in self.studio.translator_cards()}
        first = next(iter(models or ()), "")
        names = examples.names(self.studio, cards[first]) if first in cards else []
        if first and not names:
            raise ValueError(f"There are no examples for {first}; add pictures to translate.")
        return {name: examples.picture(self.studio, name) for name in names}

    @reports_errors
    def show(self, kind: str, models: list[str], seeds: str, label: str, files: Any) -> list[Any]:
        """Pictures, numbers, explanations and what can be saved."""
        start = time.perf_counter()
        comparison = self.compare_models(kind, models, seeds, label, files)
        count = sum(len(row.pictures) for row in comparison.rows)
        seconds = time.perf_counter() - start
        return [
            views.grid(comparison),
            f"{count} pictures in {seconds:.1f} s on {comparison.device}. Press one to explore it.",
            views.table(comparison),
            paragraphs(comparison.caveats()),
            views.ideas(dict.fromkeys(row.manifest.family for row in comparison.rows)),
            _png(comparison),
            image_cache.write(_csv(comparison), "compare.csv"),
        ]

    @reports_errors
    def nearest(self, model: str = "dcgan-mnist", seed: int = 1) -> dict[str, Any]:
        """Find the training pictures nearest to a seed's picture, and say whether it is a copy.

        Args:
            model: name of a model whose training pictures are at hand
            seed: whole number from 0 to 2^32 - 1

        Returns:
            likeness: a verdict ("text"), the pictures as HTML ("shown"), "distances" and "names" of
                the nearest of "count" training pictures; for comparison, of "judges" real pictures
                that no training saw: the median distance ("typical"), the share as near ("closer")
        """
        nearest_images = self.studio.nearest_training_images(Recipe(model=model, seed=seed))
        return {
            "text": html.escape(nearest_images.sentences),
            "shown": views.likeness(nearest_images),
            "distances": nearest_images.distances,
            "names": nearest_images.names,
            "typical": nearest_images.typical,
            "closer": nearest_images.closer,
            "judges": nearest_images.held_out,
            "count": nearest_images.count,
        }

    @reports_errors
    def plot(self, models: list[str], smoothing: float) -> str:
        """The curves alone: no picture is drawn for them."""
        return plots.compare_trainings(
            {name: self.studio.curves(name, smoothing) for name in models}
        )

    @reports_errors
    def draw_new_seeds(
        self, kind: str, models: list[str], seeds: str, label: str, files: Any
    ) -> list[Any]:
        """As many new seeds, the same for every model."""
        fresh = ", ".join(str(random.randint(0, 99_999)) for _ in parse_seeds(seeds))
        return [fresh, *self.show(kind, models, fresh, label, files)]

    @reports_errors
    def show_all(
        self, kind: str, models: list[str], seeds: str, label: str, files: Any, smoothing: float
    ) -> list[Any]:
        """The comparison and the curves of other models."""
        if not models:
            raise ValueError("There is no model of this kind yet; train one on the Train tab.")
        updates = self.show(kind, models, seeds, label, files)
        return [self.plot(models, smoothing), *updates]

    @reports_errors
    def open(
        self,
        opened: bool,
        kind: str,
        models: list[str],
        seeds: str,
        label: str,
        files: Any,
        smoothing: float,
    ) -> Any:
        """A first comparison when the tab is opened for the first time."""
        if opened:
            return gr.skip()
        if not models:
            raise ValueError("There is no model yet; train one with `gan-studio train`.")
        return [True, self.plot(models, smoothing), *self.show(kind, models, seeds, label, files)]


def _png(comparison: Comparison | TranslatorComparison) -> str:
    """The file of the grid."""
    contents = image_files.encode_png(comparison.sheet(), comparison)
    return image_cache.write(contents, "compare.png")


def _csv(comparison: Comparison | TranslatorComparison) -> bytes:
    """The table as a spreadsheet reads it; what was not measured stays empty."""
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, list(comparison.table[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(comparison.table)
    return text.getvalue().encode()
