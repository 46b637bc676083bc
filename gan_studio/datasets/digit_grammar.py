"""Sentences about coloured digits: "a red seven, leaning left, on blue"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from gan_studio.datasets.grammar import Condition, Grammar, Sentence
from gan_studio.datasets.vocabulary import Vocabulary, words_of

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
COLOURS = {
    "red": (220, 40, 40),
    "orange": (255, 140, 0),
    "yellow": (250, 225, 40),
    "green": (40, 160, 60),
    "blue": (45, 80, 220),
    "purple": (150, 50, 180),
    "white": (250, 250, 250),
    "black": (15, 15, 15),
}
"""name -> red, green, blue"""
SLANTS = ("left", "upright", "right")
TWINS = frozenset(map(frozenset, [
    ("red", "orange"), ("orange", "yellow"), ("yellow", "white"), ("blue", "purple"),
    ("red", "purple"), ("purple", "black"), ("blue", "black"),
]))  # fmt: skip
"""colours that hardly stand out from each other"""
SYNONYMS = {
    "zero": ("zero", "0", "nought"), "one": ("one", "1"), "two": ("two", "2"),
    "three": ("three", "3"), "four": ("four", "4"), "five": ("five", "5"), "six": ("six", "6"),
    "seven": ("seven", "7"), "eight": ("eight", "8"), "nine": ("nine", "9"),
    "red": ("red", "scarlet", "crimson"), "orange": ("orange",), "yellow": ("yellow", "golden"),
    "green": ("green", "emerald"), "blue": ("blue",), "purple": ("purple", "violet"),
    "white": ("white",), "black": ("black",),
}  # fmt: skip
LEANS = {
    "left": ("leaning left", "leaning to the left", "slanted left", "slanting to the left",
             "tilted left", "tilted to the left", "that leans left", "sloping left"),
    "right": ("leaning right", "leaning to the right", "slanted right", "slanting to the right",
              "tilted right", "tilted to the right", "that leans right", "sloping right"),
    "upright": ("upright", "standing upright", "straight", "standing straight", "not leaning",
                "not slanted", "not tilted", "that does not lean"),
}  # fmt: skip
BEHIND = (
    "on {}", "on {}", "on a {} background", "on {} ground", "against {}", "against a {} background",
    "in front of {}", "with a {} background", "{} background", "on {} paper",
    "the background is {}",
)  # fmt: skip
NOUNS = ("", "", "", "number ", "digit ", "figure ")
OPENINGS = ("a ", "a ", "a ", "", "", "the ", "draw a ", "a picture of a ", "please draw a ")


def digit_names() -> tuple[str, ...]:
    """Names of the traits of coloured digits."""
    digits = (f"digit: {name}" for name in DIGITS)
    colours = (f"colour: {name}" for name in COLOURS)
    slants = (f"slant: {name}" for name in SLANTS)
    return (*digits, *colours, *slants, *(f"background: {name}" for name in COLOURS))


class DigitGrammar(Grammar):
    """Sentences about coloured digits: "a red seven, leaning left, on blue"."""

    names = digit_names()
    shares: Mapping[str, float] = {"digit": 0.92, "colour": 0.8, "slant": 0.6, "background": 0.65}
    """how often a sentence names each kind"""
    silent = 0.06
    """share of sentences that name nothing"""

    def describe(self, traits: Sequence[int], rng: Random) -> Sentence:
        """`traits` has one 1 of each kind."""
        if rng.random() < self.silent:
            text = rng.choice(("a digit", "a number", "draw something", "any digit"))
            return Sentence(text, (0,) * len(self.names))
        values: dict[str, str] = {}
        condition = [0] * len(self.names)
        for i, name in enumerate(self.names):
            kind, _, value = name.partition(": ")
            if traits[i] > 0 and rng.random() < self.shares[kind]:
                condition[i], values[kind] = 1, value
        excluded_colour = self._deny(traits, values, condition, rng)
        return Sentence(self._phrase(values, excluded_colour, rng), tuple(condition))

    def _deny(
        self, traits: Sequence[int], values: dict[str, str], condition: list[int], rng: Random
    ) -> str:
        """At times, "not red" of a digit whose colour is not named."""
        if "colour" in values or rng.random() > 0.3:
            return ""
        absent = [
            i for i, name in enumerate(self.names) if name.startswith("colour") and traits[i] <= 0
        ]
        i = rng.choice(absent)
        condition[i] = -1
        return self.names[i].partition(": ")[2]

    def _phrase(self, values: dict[str, str], excluded_colour: str, rng: Random) -> str:
        def word(value: str) -> str:
            return rng.choice(SYNONYMS[value])

        thing = word(values["digit"]) if "digit" in values else rng.choice(("digit", "number"))
        noun = rng.choice(NOUNS) if "digit" in values else ""
        parts = []
        if "colour" in values:
            colour = word(values["colour"])
            if rng.random() < 0.75:
                noun = f"{colour} {noun}"
            else:
                parts.append(
                    rng.choice((f"in {colour}", f"coloured {colour}", f"drawn in {colour}"))
                )
        elif excluded_colour:
            form = rng.choice(("not {}", "that is not {}", "but not {}", "not in {}"))
            parts.append(form.format(word(excluded_colour)))
        if "slant" in values:
            parts.append(rng.choice(LEANS[values["slant"]]))
        if "background" in values:
            parts.append(rng.choice(BEHIND).format(word(values["background"])))
        rng.shuffle(parts)
        head = f"{rng.choice(OPENINGS)}{noun}{thing}"
        if parts and rng.random() < 0.1:  # "on blue, a red seven"
            return f"{parts[0]}, {head}" + "".join(f", {part}" for part in parts[1:])
        return head + "".join(rng.choice((", ", " ", " ")) + part for part in parts)

    def contradict(self, condition: Condition, rng: Random) -> Condition:
        """Replace one digit, colour, slant or background by another; "not red" becomes red."""
        indices = [i for i, value in enumerate(condition) if value]
        if not indices:
            return condition
        contradiction, i = list(condition), rng.choice(indices)
        contradiction[i] = 0 if condition[i] > 0 else 1
        if condition[i] > 0:
            kind = self.names[i].partition(":")[0]
            others = [j for j, n in enumerate(self.names) if n.startswith(f"{kind}:") and j != i]
            contradiction[rng.choice(others)] = 1
        return tuple(contradiction)

    @property
    def vocabulary(self) -> Vocabulary:
        common = [*OPENINGS, *NOUNS, *BEHIND, "coloured drawn in not that is but any digit number"]
        texts = [*common, *(t for ts in SYNONYMS.values() for t in ts)]
        texts += [t for ts in LEANS.values() for t in ts]
        texts += ["draw something", "and of"]
        return Vocabulary(self.names, words_of(texts))
