"""Titles of models on the Transform tab."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

from gan_studio.studio import TranslatorCard


class Title(NamedTuple):
    """The title of a model, and those of its two directions if it is cyclic."""

    title: str
    forward: str = "From A to B"
    backward: str = "From B to A"


SHIPPED = {
    "pix2pix-lines-faces": Title("Draw a face"),
    "pix2pix-colour": Title("Colour"),
    "pix2pix-map-aerial": Title("Map to aerial photograph"),
    "pix2pix-aerial-map": Title("Aerial photograph to map"),
    "cyclegan-map-aerial": Title(
        "Map and aerial photograph", "Map to aerial photograph", "Aerial photograph to map"
    ),
    "srgan-photos": Title("Enlarge"),
    "srgan-faces": Title("Enlarge faces"),
    "inpainting-celeba": Title("Repair"),
    "cyclegan-hair": Title("Hair", "Black to blond", "Blond to black"),
}
"""models that ship, in the order in which they are shown"""
TASKS = {
    "lines": Title("Draw"),
    "colour": Title("Colour"),
    "enlarge": Title("Enlarge"),
    "repair": Title("Repair"),
}
OTHER = Title("Translate")
"""the title of models for any other task"""


def title(card: TranslatorCard) -> Title:
    return SHIPPED.get(card.name) or TASKS.get(card.task, OTHER)


def with_titles(cards: Sequence[TranslatorCard]) -> list[dict[str, Any]]:
    """The models with their titles: those that ship, then those for the same tasks, then others."""
    places = [*SHIPPED]
    tasks = [*TASKS]

    def place(card: TranslatorCard) -> tuple[int, int]:
        first = places.index(card.name) if card.name in places else len(places)
        return first, tasks.index(card.task) if card.task in tasks else len(tasks)

    sorted_cards = sorted(cards, key=place)
    return [{**dataclasses.asdict(card), **title(card)._asdict()} for card in sorted_cards]
