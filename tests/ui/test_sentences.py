"""What the server writes with values in it has a translation, and the browser finds it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import gan_studio
from gan_studio.lessons import FIGURES
from gan_studio.studio import FAMILIES, TRANSLATIONS, any_family
from gan_studio.ui.languages import LANGUAGES, catalogue, sentences

SOURCE = Path(gan_studio.__file__).parent
PLACE = re.compile(r"\{(\w+)(?::[nwv])?\}")
FORMS = {"it": {"one", "other"}, "es": {"one", "other"}, "ro": {"one", "few", "other"}}
"""CLDR's plural categories that a language needs for whole numbers and fractions"""
UNSEEN = (
    *("cli/", "core/devices", "core/distributed", "core/limits", "training/tensorboard"),
    *("ui/mcp", "ui/serving"),
)
"""modules whose errors come to a terminal, a log or a program alone"""
CHECKS = ("check_int", "check_float", "check_bool")
"""functions whose second argument is the name of what they check"""
TEXTS = {"evidence", "explanation", "why", "title"}
"""arguments of a finding and of a remedy"""


def skeleton(node: ast.AST) -> str | None:
    """A literal with {} for each value; None of what is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
        return "".join(map(str, parts))
    return None


def raised(tree: ast.AST) -> Iterator[str]:
    """The sentences of a module's errors."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            if ast.unparse(node.exc.func) in ("AssertionError", "AttributeError"):
                continue
            yield from filter(None, [skeleton(node.exc.args[0])])


def checked(tree: ast.AST) -> Iterator[str]:
    """The names of what a module checks, where they are words."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and len(node.args) > 1:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            said = skeleton(node.args[1]) if name in CHECKS else None
            if said and said.startswith("The "):
                yield said


def found(tree: ast.AST) -> Iterator[str]:
    """The texts of a module's findings and remedies."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for argument in node.keywords:
                said = skeleton(argument.value) if argument.arg in TEXTS else None
                if said:
                    yield said


@cache
def trees() -> list[tuple[str, ast.AST]]:
    """The modules whose sentences come to the page."""
    paths = {path.relative_to(SOURCE).as_posix(): path for path in sorted(SOURCE.rglob("*.py"))}
    seen = {name: path for name, path in paths.items() if not name.startswith(UNSEEN)}
    return [(name, ast.parse(path.read_text("utf-8"))) for name, path in seen.items()]


@cache
def known() -> set[str]:
    """What the catalogues know, with {} for each place."""
    return {PLACE.sub("{}", text) for text in (*sentences("it"), *catalogue("it"))}


def missing(said: Iterator[str]) -> set[str]:
    return {text for text in said if " " in text and text not in known()}


COMPOSED = {
    "{} {}.", "{} has {} x {} pixels; {}.", "{} has too many pixels; {}.", "The {}", "{}, {}",
    "{} has {} {}s; there is no {} {}.", "size must be at most {} pixels on this page{}, not {}.",
    "A painting of {} x {} pixels needs about {} GB of memory and {} GB are free; {}.",
    "This recipe is of {} from a file with SHA-256 {}…, and the model here is from {}.",
    "{} draws {} pictures, which cannot be compared with the {} ones of {}.", "{} cannot be {}",
    "{} pixels, which cannot be compared; evaluate them one by one.",
    "The digit classifier takes grey pictures of {} pixels, not {} ones of {}.",
    "{} is parquet, which takes `pip install pyarrow` to read.", "{} has no column of pictures.",
    "{} has too large groups of rows to be read.", "{}, and {} is not on this machine.",
    "{} is damaged: it cannot be read as parquet.", "There is no folder {} of audio files.{}",
    "{} no folder can be made: {}.",
}  # fmt: skip
"""skeletons with parts of sentences as values: the catalogue has the sentences that come of them"""
PROGRAMS = {
    "the central directory is too long", "The picture must be a PIL image, not {}.",
    "config is a {} of {}; {} takes its own {}.", "The mask must be (1, 1, H, W), not {}.",
    "The {} must be (1, 3, H, W), not {}.", "The language must be one of {}, not {}.",
    "The request names no output; a training needs a directory.", "{} must be {}, not {}.",
}  # fmt: skip
"""errors that only a program's call can raise"""


def test_every_error_that_the_page_shows_has_a_translation() -> None:
    lacks = {(name, text) for name, tree in trees() for text in missing(raised(tree))}
    assert {pair for pair in lacks if pair[1] not in COMPOSED | PROGRAMS} == set()


def test_every_name_of_a_checked_number_has_a_translation() -> None:
    lacks = {(name, text) for name, tree in trees() for text in missing(checked(tree))}
    assert {pair for pair in lacks if pair[1] not in COMPOSED} == set()


def test_every_finding_and_remedy_has_a_translation() -> None:
    told = [tree for name, tree in trees() if "diagnostics" in name]
    assert {text for tree in told for text in missing(found(tree))} <= COMPOSED


def test_the_idea_of_every_family_that_is_trained_here_has_a_translation() -> None:
    ideas = {any_family(name).summary for name in (*FAMILIES, *TRANSLATIONS)}
    assert ideas - known() == set()


def texts(said: Any) -> list[str]:
    """All forms of a translation."""
    return [said] if isinstance(said, str) else [v for k, v in said.items() if k != "of"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_all_sentences_all_places_and_all_plural_forms(language: str) -> None:
    assert sentences(language).keys() == sentences("it").keys()
    for english, said in sentences(language).items():
        assert isinstance(said, str) or said.keys() - {"of"} == FORMS[language], english
        places = set(PLACE.findall(english))
        for text in texts(said):
            names = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
            assert names <= places, text
        used = set(PLACE.findall(texts(said)[-1]))
        assert used == places, english


def test_romanian_letters_have_commas_below() -> None:
    said = "".join(text for one in sentences("ro").values() for text in texts(one))
    assert not set("şţŞŢ") & set(said)


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    """An empty page with the reader of sentences."""
    page = browser.new_page()
    script = (files("gan_studio.ui.languages") / "sentences.js").read_text("utf-8")
    page.evaluate(
        """async (script) => {
            const { translator } = await import("data:text/javascript;charset=utf-8," +
                encodeURIComponent(script));
            window.read = (words, language, known, asked) => {
                const say = translator(words, language, (text) => known[text]);
                return asked.map((text) => say(text) ?? null);
            };
        }""",
        script,
    )
    yield page
    page.close()


def read(page: Page, language: str, *asked: str) -> list[str | None]:
    """What a page of that language says for English texts."""
    given = [sentences(language), language, catalogue(language), [*asked]]
    return page.evaluate("given => window.read(...given)", given)


def filled(template: str) -> tuple[str, dict[str, str]]:
    """A template with values, and these."""
    values: dict[str, str] = {}

    def value(place: re.Match[str]) -> str:
        count = len(values)
        return values.setdefault(place[1], str(20 + count) if ":n" in place[0] else f"zq{count}x")

    return PLACE.sub(value, template), values


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_recognised_as_itself(blank: Page, language: str) -> None:
    english, wanted = [], []
    for template, said in sentences(language).items():
        text, values = filled(template)
        english.append(text)
        wanted.append((said if isinstance(said, str) else said["other"]).format(**values))
    assert read(blank, language, *english) == wanted


@pytest.mark.browser
def test_plural_forms_follow_the_languages_rules(blank: Page) -> None:
    """CLDR: Romanian has few for 0, 2 to 19 and 101 to 119, and other from 20 on."""
    waits = "The studio is busy: {n:n} requests wait already. Try again in a minute."
    forms = sentences("ro")[waits]
    rules = {1: "one", 2: "few", 19: "few", 20: "other", 101: "few", 119: "few", 120: "other"}
    said = read(blank, "ro", *(waits.replace("{n:n}", str(n)) for n in rules))
    assert said == [forms[rule].format(n=n) for n, rule in rules.items()]


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_names_that_somebody_may_copy_stay(blank: Page, language: str) -> None:
    figures = ", ".join(FIGURES)
    told = f"The chapter 11-own: figure must be one of {figures}, not steps."
    (said,) = read(blank, language, told)
    assert said is not None
    assert said != told
    assert figures in said
    assert said.endswith(" steps.")


@pytest.mark.browser
def test_what_was_said_is_not_read_again(blank: Page) -> None:
    once, twice = read(blank, "it", "1.5 ms · CPU", "1,5 ms · CPU")
    assert (once, twice) == ("1,5 ms · CPU", None)


@pytest.mark.browser
def test_values_that_are_known_texts_are_translated_and_numbers_written_as_usual(
    blank: Page,
) -> None:
    seed, finding, count, unknown, mixed = read(
        blank,
        "it",
        "The seed must be a whole number from 0 to 5, not 1.5.",
        "⚠ mode collapse: diversity against the real pictures 0.25",
        "There are 1,234 different pictures, in colour, of 64 × 64 pixels.",
        "Nobody has written this, nor that.",
        "The canvas is empty. Draw something first. Nobody has written this.",
    )
    assert str(seed).startswith(str(sentences("it")["The seed"]))
    assert str(seed).endswith("1.5.")  # a value to be typed stays as it is
    assert "0,25" in str(finding)
    assert "1.234" in str(count)
    assert unknown is None
    canvas = str(sentences("it")["The canvas is empty. Draw something first."])
    assert mixed == f"{canvas} Nobody has written this."


PARTS = {
    "a.pkl cannot be imported: it looks like a VQGAN, which is not read.": "una VQGAN",
    "a.pkl cannot be imported: its margin is 99, and can be 0 to 64.": "il suo margine è 99",
    "a.pth holds no plain weights: it is damaged at byte 1,234.": "danneggiato al byte 1.234",
    "a/config.json is damaged: image_size cannot be 'x'.": "image_size non può essere 'x'",
    "b.parquet of me/faces has no column of pictures.": "b.parquet di me/faces non ha",
    "The Hub answers with status 503; try again later, and me/a is not on this machine.": "503, e",
    "a draws 16 and b draws 32 and c draws 64 pixels, which cannot be compared; evaluate them one "
    "by one.": "a disegna 16 pixel e b disegna 32 e c ne disegna 64",
    "a.wav lasts 90 seconds; at most 60 minutes are read.": "dura 90 secondi",
    "VGG-19 is not in m and cannot be fetched: the Hub cannot be reached, as HF_HUB_OFFLINE is "
    "set; the embedded network works without it.": "l’Hub non è raggiungibile",
}
"""sentences of parts -> what an Italian page says in them"""


@pytest.mark.browser
def test_sentences_of_parts_are_translated_with_their_parts(blank: Page) -> None:
    said = read(blank, "it", *PARTS)
    assert [
        part for part, one in zip(PARTS.values(), said, strict=True) if part not in f"{one}"
    ] == []
