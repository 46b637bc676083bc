"""The chapters of the Learn tab: a Markdown file for each, in a folder for each language.

A chapter begins with YAML between two lines of `---`: its title, figure, button, terms and
questions; docs/learn.md describes them. A teacher's folder, GAN_STUDIO_LESSONS, replaces chapters
of the same file name and adds others.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from gan_studio.core.validation import abbreviate, check_int
from gan_studio.lessons.markdown import to_html

VARIABLE = "GAN_STUDIO_LESSONS"
"""environment variable: the folder of a teacher's own chapters"""
FOLDER = Path(__file__).parent
RECORDED = FOLDER / "recorded"
"""trainings and pictures that figures show, made by tools/record_lessons.py"""
LANGUAGES = ("en", "it", "es", "ro")
"""English first: it takes the place of a chapter that a language lacks"""
FIGURES = (
    *("boundary", "players", "steps", "losses", "balance", "failures", "plane", "family-tree"),
    *("beyond-noise", "style"),
)
TRIES = {
    "explore-digits": "m=cgan-mnist&s=7",
    "explore-face": "m=stylegan2-celeba&s=31&psi=0.7",
    "train-by-hand": "train=gan&data=digits",
    "compare-families": "compare=gan-mnist,wgan-mnist,ebgan-mnist,r3gan-mnist",
    "train-dcgan": "train=dcgan&data=digits",
    "train-collapse": "train=gan&data=digits&objective=minimax&r1_gamma=0&learning_rate=0.004",
    "train-gan": "train=gan&data=digits&r1_gamma=0",
    "compare-faces": "compare=gan-celeba,dcgan-celeba,wgan-gp-celeba,began-celeba",
    "transform-draw": "t=pix2pix-lines-faces",
    "words-draw": "words=text-faces&say=a+smiling+blond+woman&number=1",
    "words-speak": "speak=four+two+zero",
    "style-paint": "style=starry_night",
}
"""name of what a button does -> the query of the page's address that does it"""
DESTINATIONS = ("m", "t", "train", "compare", "words", "speak", "style", "learn")
"""first keys of the queries that a button may have"""
MAX_CHAPTERS = 100
MAX_CHARACTERS = 40_000
"""characters of a chapter's file"""
_FRONT = re.compile(r"\A---\s*\n(.*?)^---\s*$\n?(.*)\Z", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"\d\d-[a-z0-9-]+")


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question with one right answer."""

    ask: str
    answers: tuple[str, ...]
    right: int
    """index of the right answer"""
    why: str


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """A chapter as the page shows it."""

    name: str
    """that of its file, without the ending"""
    language: str
    title: str
    figure: str
    """one of FIGURES"""
    query: str
    """of the address that the button opens"""
    button: str
    """what stands on the button"""
    html: str
    """the text; terms are explained at their first use"""
    terms: Mapping[str, str]
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Lessons:
    """The chapters of a language in the order of their names, and what is wrong with others."""

    chapters: tuple[Chapter, ...]
    problems: tuple[str, ...]
    """a sentence for each file that could not be used"""


def load(language: str = "en", folder: Path | None = None) -> Lessons:
    """All chapters in a language; English ones stand in for those that it lacks.

    `folder` holds a teacher's own, in folders of languages or, for all languages, directly; by
    default GAN_STUDIO_LESSONS names it. ValueError for an unknown language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"The language must be one of {', '.join(LANGUAGES)}, not {language!r}.")
    chapters, problems = dict(_load_chapters(language)), []
    own = folder or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if own and not own.is_dir():
        problems.append(f"{VARIABLE} must name a folder, not {abbreviate(own)}.")
    for path in _files(own, language) if own else ():
        chapter = _attempt(path, language)
        if isinstance(chapter, Chapter):
            chapters[path.stem] = chapter
        else:
            problems.append(chapter)
    return Lessons(tuple(chapters[name] for name in sorted(chapters)), tuple(problems))


def _attempt(path: Path, language: str) -> Chapter | str:
    """The chapter of a file, or what is wrong with it."""
    try:
        return read(path, language)
    except ValueError as error:
        return str(error)


@cache
def _load_chapters(language: str) -> Mapping[str, Chapter]:
    return {path.stem: read(path, language) for path in _files(FOLDER, language)}


def _files(folder: Path, language: str) -> Iterator[Path]:
    """The chapters of a folder: English ones, then those that take their place."""
    for place in dict.fromkeys((folder, folder / "en", folder / language)):
        visible = (path for path in place.glob("*.md") if not path.name.startswith("."))
        yield from sorted(visible)[:MAX_CHAPTERS]


def read(path: Path, language: str) -> Chapter:
    """The chapter of a file; ValueError with one sentence that names it."""
    if not _FILE.fullmatch(path.stem):
        raise ValueError(
            f"The file of a chapter must be called like 05-balance.md, not {abbreviate(path.name)}."
        )
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(MAX_CHARACTERS + 1)
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"The chapter {path.name} cannot be read as text in UTF-8.") from None
    return parse(path.stem, text, path.parent.name if path.parent.name in LANGUAGES else language)


def parse(name: str, text: str, language: str = "en") -> Chapter:
    """A chapter from the text of its file; ValueError with one sentence that names the chapter."""
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"The chapter {name} is longer than {MAX_CHARACTERS:,} characters.")
    parts = _FRONT.match(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    if not parts:
        raise ValueError(f"The chapter {name} must begin with settings between two lines of ---.")
    try:
        settings = yaml.load(parts[1], yaml.BaseLoader)  # texts alone: "yes" is an answer, not true
    except (yaml.YAMLError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 2
        raise ValueError(
            f"The settings of the chapter {name} are no YAML at line {line}."
        ) from None
    if not isinstance(settings, Mapping):
        raise ValueError(f"The settings of the chapter {name} must be names with values.")
    try:
        return _chapter(name, language, settings, parts[2].strip())
    except ValueError as error:
        raise ValueError(f"The chapter {name}: {error}") from None


def _chapter(name: str, language: str, settings: Mapping[str, Any], text: str) -> Chapter:
    figure = _text(settings, "figure")
    if figure not in FIGURES:
        raise ValueError(f"figure must be one of {', '.join(FIGURES)}, not {abbreviate(figure)}.")
    if not text:
        raise ValueError("the text must not be empty.")
    terms = settings.get("terms") or {}
    if not isinstance(terms, Mapping):
        raise ValueError("terms must be words with their explanations.")
    terms = {str(word): _text(terms, word) for word in terms}
    questions = settings.get("questions") or []
    if not isinstance(questions, list):
        raise ValueError("questions must be a list.")
    return Chapter(
        name=name,
        language=language,
        title=_text(settings, "title"),
        figure=figure,
        query=_query(_text(settings, "try")),
        button=_text(settings, "button"),
        html=to_html(text, terms),
        terms=terms,
        questions=tuple(_question(i, one) for i, one in enumerate(questions, 1)),
    )


def _text(settings: Mapping[str, Any], field: str) -> str:
    value = settings.get(field)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{field} must be a text, not {abbreviate(value)!r}.")
    return value.strip()


def _query(action: str) -> str:
    """The query of what a button does, by its name or as it stands in an address."""
    query = TRIES.get(action, action.removeprefix("?"))
    if query.partition("=")[0] not in DESTINATIONS or "=" not in query:
        raise ValueError(
            f"try must be one of {', '.join(TRIES)}, or a query of this page such as "
            f"?m=dcgan-mnist&s=42, not {abbreviate(action)}."
        )
    return query


def _question(number: int, settings: Any) -> Question:
    if not isinstance(settings, Mapping):
        raise ValueError(f"question {number} must have ask, answers, right and why.")
    answers = settings.get("answers")
    if not isinstance(answers, list) or not 2 <= len(answers) <= 6:
        raise ValueError(f"answers of question {number} must be a list of 2 to 6 texts.")
    right = check_int(settings.get("right"), f"right of question {number}", 1, len(answers))
    try:
        ask, why = _text(settings, "ask"), _text(settings, "why")
        answers = [_text({"each answer": answer}, "each answer") for answer in answers]
    except ValueError as error:
        raise ValueError(f"question {number}: {error}") from None
    return Question(ask=ask, answers=tuple(answers), right=right - 1, why=why)
