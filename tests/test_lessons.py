"""Chapters: those that ship are whole, and a teacher's own are read or refused one by one."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mentions import mentions

from gan_studio import lessons
from gan_studio.gans.families import FAMILIES
from gan_studio.lessons import FIGURES, LANGUAGES, RECORDED, TRIES, load, parse
from gan_studio.lessons.markdown import to_html
from gan_studio.studio import Studio
from gan_studio.ui.learn.routes import SCRIPTS

CHAPTER = """---
title: Two players
figure: players
try: explore-face
button: Draw a face
terms:
  generator: The network that draws.
questions:
  - ask: Who draws?
    answers: [G, D]
    right: 1
    why: D judges.
---
The generator draws. A generator never sees a real picture.
"""
FAILED = {
    "vanishing": "vanishing gradients",
    "collapse": "mode collapse",
    "oscillation": "oscillation without progress",
}


def chapters(language: str) -> tuple[lessons.Chapter, ...]:
    found = load(language)
    assert found.problems == ()
    return found.chapters


@pytest.mark.parametrize("language", LANGUAGES)
def test_ten_chapters_have_a_figure_a_button_and_three_questions(language: str):
    found = chapters(language)
    assert [chapter.figure for chapter in found] == list(FIGURES)
    for chapter in found:
        assert chapter.language == language
        assert chapter.query in TRIES.values()
        assert len(chapter.questions) == 3
        for question in chapter.questions:
            assert len(set(question.answers)) == len(question.answers) >= 2
            assert 0 <= question.right < len(question.answers)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_term_is_explained_where_it_is_used_first(language: str):
    for chapter in chapters(language):
        marked = re.findall(r'class="term" tabindex="0">([^<]+)<', chapter.html)
        assert sorted(map(str.lower, marked)) == sorted(map(str.lower, chapter.terms))


def test_english_chapters_are_short_and_so_are_their_sentences():
    for chapter in chapters("en"):
        text = re.sub(r'<span role="tooltip">.*?</span>', "", chapter.html)
        text = re.sub(r"</(p|li|h3)>", ". ", text)
        text = re.sub(r"<[^>]+>", "", text)
        assert len(text.split()) <= 180, chapter.name
        sentences = re.split(r"(?<=[.!?:;])\s+", text.replace("et al.", "et al"))
        assert max(len(sentence.split()) for sentence in sentences) <= 30, chapter.name


def test_chapters_in_other_languages_ask_the_same():
    english = chapters("en")
    for language in LANGUAGES[1:]:
        for ours, theirs in zip(english, chapters(language), strict=True):
            assert (ours.name, ours.figure, ours.query) == (
                theirs.name,
                theirs.figure,
                theirs.query,
            )
            assert len(ours.terms) == len(theirs.terms)
            assert ours.title != theirs.title or language == "it"


def test_every_figure_has_a_script():
    assert all((SCRIPTS / f"{name}.js").is_file() for name in FIGURES)


def test_buttons_name_models_and_families_that_are_here():
    models = {*Studio().models(), *Studio().translators()}
    for query in TRIES.values():
        fields = dict(part.split("=") for part in query.split("&"))
        named = fields.get("compare", fields.get("m", fields.get("t", ""))).split(",")
        assert {*named} - {""} <= models
        assert fields.get("train", "gan") in FAMILIES


def test_buttons_compare_models_that_can_be_compared():
    studio = Studio()
    for query in TRIES.values():
        if query.startswith("compare="):
            names = query.removeprefix("compare=").split(",")
            assert [row.model for row in studio.compare(names, "1").rows] == names


@pytest.mark.parametrize("name", FAILED)
def test_a_recorded_training_is_found_as_what_it_is_named(name: str):
    told = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))
    mended = json.loads((RECORDED / f"{name}-remedy.json").read_text("utf-8"))
    assert [finding["name"] for finding in told["findings"]] == [FAILED[name]]
    assert mended["findings"] == []
    assert told["family"] == mended["family"]
    assert told["changes"] != mended["changes"]
    last = mended["columns"]["distance"][-1][1]
    assert last < 0.5 * told["columns"]["distance"][-1][1]  # of the pictures from the real ones


def test_recordings_are_small():
    for path in RECORDED.glob("*.json"):
        sheets = sum(sheet.stat().st_size for sheet in RECORDED.glob(f"{path.stem}*.jpg"))
        assert path.stat().st_size + sheets <= 300_000


def test_a_teachers_folder_replaces_and_adds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "02-two-players.md").write_text(CHAPTER, "utf-8")
    (tmp_path / "it").mkdir()
    italian = CHAPTER.replace("Two players", "Due giocatori")
    (tmp_path / "it" / "11-own.md").write_text(italian, "utf-8")
    monkeypatch.setenv(lessons.VARIABLE, str(tmp_path))
    assert [c.title for c in chapters("en")].count("Two players") == 1
    assert len(chapters("en")) == 10
    assert chapters("it")[-1].title == "Due giocatori"
    assert chapters("it")[1].button == "Draw a face"


def test_a_bad_chapter_is_one_sentence_and_the_others_go_on(tmp_path: Path):
    (tmp_path / "02-two-players.md").write_text(CHAPTER.replace("figure: players", "figure: x"))
    (tmp_path / "notes.md").write_text("none", "utf-8")
    (tmp_path / "12-bytes.md").write_bytes(b"\xff\xfe")
    found = load("en", tmp_path)
    assert len(found.chapters) == 10
    assert len(found.problems) == 3
    assert all(problem.count(". ") == 0 for problem in found.problems)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("figure: players", "figure: nowhere", "figure nowhere"),
        ("try: explore-face", "try: fly", "try fly"),
        ("try: explore-face", "try: https://x.y/?m=1", "try"),
        ("title: Two players", "title:", "title"),
        ("button: Draw a face", "button: [1]", "button"),
        ("right: 1", "right: 3", "right 1 2 3"),
        ("right: 1", "right: yes", "right"),
        ("answers: [G, D]", "answers: [G]", "answers"),
        ("ask: Who draws?", "asked: x", "ask"),
        ("title:", "title: [", "YAML"),
        ("---\ntitle", "title", "---"),
        ("terms:\n  generator: The network that draws.", "terms: [a]", "terms"),
    ],
)
def test_what_is_wrong_with_a_chapter_is_named(before: str, after: str, words: str):
    assert before in CHAPTER
    with pytest.raises(ValueError, match=mentions(f"02-two-players {words}")):
        parse("02-two-players", CHAPTER.replace(before, after, 1))


def test_a_query_of_the_page_is_allowed_as_a_button():
    query = "m=dcgan-mnist&s=42"
    assert parse("02-x", CHAPTER.replace("explore-face", f"'?{query}'")).query == query


def test_text_is_escaped_and_links_lead_nowhere_bad():
    html = to_html('<script>x</script> [a](javascript:x) [b](https://x.y/?a=1&b=") `<i>`')
    assert "<script>" not in html
    assert "<i>" not in html
    assert "javascript" not in re.findall(r'href="([^"]*)', html)
    assert re.findall(r'href="([^"]*)"', html) == ["https://x.y/?a=1&amp;b=%22"]


def test_a_term_is_marked_once_in_its_own_spelling():
    html = to_html("A **Generator** and a generator.", {"generator": 'Draws "x".'})
    assert html.count('class="term"') == 1
    assert ">Generator<span" in html


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_one_sentence(text: str):
    for whole in (text, f"---\n{text}\n---\nx"):
        assert "\n" not in refusal(whole)


def refusal(text: str) -> str:
    """What is said of a chapter that cannot be read."""
    try:
        parse("02-x", text)
    except ValueError as error:
        return str(error)
    return ""


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match=mentions("language xx")):
        load("xx")


def test_a_chapter_is_plain_data():
    assert json.dumps(dataclasses.asdict(parse("02-x", CHAPTER)))


def test_answers_stay_texts_where_yaml_has_other_values():
    question = parse("02-x", CHAPTER.replace("answers: [G, D]", "answers: [Yes, no, 1.50]"))
    assert question.questions[0].answers == ("Yes", "no", "1.50")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("answers: [G, D]", "answers: [G, [D]]", "question 1 answer"),
        ("The network that draws.", "{a: b}", "generator"),
    ],
)
def test_values_that_are_no_texts_are_refused(before: str, after: str, words: str):
    with pytest.raises(ValueError, match=mentions(f"02-x {words}")):
        parse("02-x", CHAPTER.replace(before, after, 1))


def test_a_title_may_look_like_a_date_that_is_none():
    assert parse("02-x", CHAPTER.replace("Two players", "2024-99-99")).title == "2024-99-99"


def test_a_term_may_be_a_number():
    html = to_html("An early [paper](https://x.y) has 0 critics and 1 judge.", {"0": "n", "1": "u"})
    assert html.count('class="term"') == 2
    assert "\0" not in html


def test_a_huge_file_is_refused_unread_and_hidden_ones_are_no_chapters(tmp_path: Path):
    with (tmp_path / "11-huge.md").open("wb") as file:
        file.truncate(1 << 40)  # takes no room on the disk, but more memory than there is
    (tmp_path / "._12-own.md").write_bytes(b"\xff")
    found = load("en", tmp_path)
    assert len(found.chapters) == 10
    assert [re.findall(r"\d\d-\w+", problem) for problem in found.problems] == [["11-huge"]]
