"""Sentences about pictures: what they say is true, what false ones say is not, and what is read."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from random import Random

import pytest
import torch
from mentions import mentions
from PIL import Image
from torch.testing import assert_close

from gan_studio.datasets import captioned, coloured, registry
from gan_studio.datasets.batches import Batches
from gan_studio.datasets.captions import WRONG, tokens
from gan_studio.datasets.dataset import subset
from gan_studio.datasets.digit_grammar import COLOURS, DIGITS, SLANTS, DigitGrammar
from gan_studio.datasets.face_grammar import FaceGrammar
from gan_studio.datasets.grammar import Condition, Grammar
from gan_studio.datasets.own_grammar import OwnGrammar
from gan_studio.datasets.vocabulary import BUCKETS, foreign_script, split_words
from gan_studio.evaluation import text
from gan_studio.gans.text_encoder import TYPICAL_LENGTH, TextConfig, TextEncoder
from gan_studio.images import convert
from gan_studio.studio import Studio
from gan_studio.studio.words import NOTES

MANY = 400


def digit_traits(rng: Random) -> Condition:
    """A digit with one of each kind."""
    counts = len(DIGITS), len(COLOURS), len(SLANTS), len(COLOURS)
    chosen = [(rng.randrange(count), count) for count in counts]
    return tuple(1 if i == at else -1 for at, count in chosen for i in range(count))


def face_traits(rng: Random) -> Condition:
    return tuple(rng.choice((1, -1)) for _ in FaceGrammar.names)


KINDS = {"digits": (DigitGrammar(), digit_traits), "faces": (FaceGrammar(), face_traits)}


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> tuple[Grammar, list[Condition]]:
    """A grammar, and what is known of some pictures."""
    grammar, draw = KINDS[request.param]
    rng = Random(1)
    return grammar, [draw(rng) for _ in range(MANY)]


def test_no_caption_contradicts_its_picture(kind):
    grammar, pictures = kind
    rng = Random(2)
    for traits in pictures:
        said = grammar.describe(traits, rng).condition
        assert len(said) == len(traits)
        assert all(value in (0, known) for value, known in zip(said, traits, strict=True))


def test_a_false_caption_is_false_of_the_picture_and_names_as_much(kind):
    grammar, pictures = kind
    rng, turned = Random(3), 0
    for traits in pictures:
        said = grammar.describe(traits, rng).condition
        wrong = grammar.contradict(said, rng)
        contradicts = [v and v != t for v, t in zip(wrong, traits, strict=True)]
        assert any(contradicts) == any(said)
        assert sum(map(abs, wrong)) == sum(map(abs, said))
        turned += any(said)
    assert turned > 0.8 * MANY


def test_captions_differ_and_every_trait_is_named_both_ways_where_it_can_be(kind):
    grammar, pictures = kind
    rng = Random(4)
    found = [grammar.describe(traits, rng) for traits in pictures * 4]
    assert len({one.text for one in found}) > MANY
    for i in range(len(grammar.names)):
        values = {one.condition[i] for one in found}
        assert 1 in values
        assert (
            grammar.names[i].partition(":")[0] in ("digit", "slant", "background") or -1 in values
        )


def test_every_word_of_a_caption_is_in_the_vocabulary(kind):
    grammar, pictures = kind
    rng, vocabulary = Random(5), grammar.vocabulary
    for traits in pictures:
        words = vocabulary.read(grammar.describe(traits, rng).text)
        assert all(word.read == word.text.lower() for word in words)


def test_known_words_are_read_misspelt_ones_as_their_like_and_others_not_at_all():
    read = DigitGrammar().vocabulary.read("A redd SEVEN zebra <b>7</b> 🙂")
    assert [word.read for word in read] == ["a", "red", "seven", "", "", "7", ""]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("", "empty"), ("  \n", "empty"), ("a" * 10_000, "10,000 400"), (7, "7"), (None, "None")],
)
def test_what_is_no_sentence_is_refused(given, wanted):
    with pytest.raises(ValueError, match=mentions(wanted)):
        DigitGrammar().vocabulary.read(given)


def test_other_scripts_are_named():
    assert foreign_script(["красная", "семь"]) == "Cyrillic"
    assert foreign_script(["七"]) == "Chinese characters"
    assert foreign_script(["sept", "größe", "7"]) == ""


def test_words_have_the_same_buckets_everywhere_and_short_sentences_begin_with_nothing():
    table = tokens(["a red seven", "red"])
    assert table.shape[:2] == (2, 3)
    assert (table[1, :2] == 0).all()
    assert torch.equal(table[1, 2], table[0, 1])
    assert table.max() < BUCKETS
    assert table[0, 1, 0] == 979  # crc32 of "<red>", whatever the process


def test_a_word_is_read_as_in_the_batches_of_a_training():
    """There it stands behind as many blanks as the longest sentence needs."""
    torch.manual_seed(0)
    encoder = TextEncoder(TextConfig(), 5)
    longest = " ".join(["seven"] * TYPICAL_LENGTH)
    assert_close(encoder.read(["red"]), encoder(tokens(["red", longest]))[0])
    longer = ["seven"] * (TYPICAL_LENGTH + 3)
    assert_close(encoder.read(longer), encoder(tokens([longer]))[0])


# Coloured digits ---------------------------------------------------------------------------------


def bar(lean: float) -> torch.Tensor:
    """A straight stroke that leans, (1, 32, 32) from 0 to 1."""
    y, x = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
    middle = 15.5 - lean * (y - 15.5)
    return ((x - middle).abs() < 2).float()[None] * ((y - 15.5).abs() < 10)


@pytest.mark.parametrize("lean", [-0.5, 0.0, 0.5])
def test_the_skew_of_a_stroke_is_its_lean(lean):
    assert coloured.skew(bar(lean)).item() == pytest.approx(lean, abs=0.03)


def test_a_painted_digit_has_the_colours_and_the_slant_that_it_was_asked_for():
    grey = (bar(0.2) * 255).to(torch.uint8)[:, None]
    ink, paper = coloured.PALETTE[[0]], coloured.PALETTE[[6]]
    painted = coloured.paint(grey, ink, paper, torch.tensor([-0.5]))
    assert painted.shape == (1, 3, 32, 32)
    assert_close(painted[0, :, 0, 0].float(), paper[0])
    assert_close(painted[0, :, 16, 16].float(), ink[0], atol=6, rtol=0)
    read = text.read_digits(convert.from_uint8(painted))[0].tolist()
    assert read[1:] == [0, 0, 6]  # red, leaning left, on white


def test_pairs_that_are_held_out_are_in_no_training_picture():
    labels = torch.arange(10).repeat(300)
    for held_out in (False, True):
        ink, paper, _ = coloured.draw_traits(
            labels, torch.Generator().manual_seed(1), held_out=held_out
        )
        pairs = set(zip(labels.tolist(), ink.tolist(), strict=True))
        assert bool(pairs & coloured.HELD_OUT) == held_out
        assert set(zip(ink.tolist(), paper.tolist(), strict=True)) <= set(coloured.PAIRS)


def test_the_set_is_always_the_same_and_its_captions_depend_on_seed_and_position():
    one, other = (registry.load("coloured-digits", 16) for _ in range(2))
    assert torch.equal(one.images, other.images)
    assert one.channels == 3
    first, second = Batches(one, 8, seed=1), Batches(other, 8, seed=1)
    a, b, c = next(first), next(first), None
    second.position = 1
    c = next(second)
    assert torch.equal(b["caption"], c["caption"])
    assert torch.equal(b["wrong"], c["wrong"])
    assert b["wrong"].shape == (8, WRONG, len(DigitGrammar.names))
    assert not torch.equal(a["condition"], b["condition"])


def test_a_part_of_a_set_keeps_its_captions():
    whole = registry.load("coloured-digits", 16)
    chosen = torch.arange(len(whole)) % 7 == 3
    part = subset(whole, chosen)
    assert part.captions
    assert whole.captions
    assert torch.equal(part.captions.traits, whole.captions.traits[chosen])


# Somebody's own ----------------------------------------------------------------------------------

TEXTS = ["a red ball", "a blue ball", "a red cube", "a blue cube on grass"]


def folder(place: Path, table: str, texts: list[str]) -> Path:
    """Pictures with a table of captions."""
    place.mkdir()
    names = [f"{i}.png" for i in range(len(texts))]
    for i, name in enumerate(names):
        Image.new("RGB", (16, 16), (40 * i, 10, 200 - 30 * i)).save(place / name)
    rows = [{"file_name": n, "text": t} for n, t in zip(names, texts, strict=True)]
    if table.endswith("csv"):
        with (place / table).open("w", newline="") as file:
            writer = csv.DictWriter(file, ["file_name", "text"])
            writer.writeheader()
            writer.writerows(rows)
    else:
        (place / table).write_text("\n".join(map(json.dumps, rows)))
    return place


@pytest.mark.parametrize("table", ["metadata.csv", "metadata.jsonl"])
def test_a_folder_with_a_table_of_captions_has_their_common_words_as_traits(tmp_path, table):
    pictures, others = captioned.load(str(folder(tmp_path / "own", table, TEXTS)), 16)
    assert others is None
    assert pictures.captions
    assert pictures.captions.grammar.names == ("ball", "blue", "cube", "red")
    assert pictures.captions.traits.tolist()[0] == [1, 0, 0, 1]
    assert next(Batches(pictures, 4))["condition"].shape == (4, 4)


def test_a_false_caption_of_ones_own_says_a_word_that_is_not_said():
    grammar = OwnGrammar(TEXTS)
    said = grammar.traits()[0]
    wrong = grammar.contradict(said, Random(1))
    assert sum(wrong) == sum(said)
    assert wrong != said


def test_pictures_without_captions_and_captions_without_pictures_are_left_out(tmp_path):
    place = folder(tmp_path / "own", "metadata.csv", [*TEXTS, " "])
    (place / "1.png").unlink()
    pictures, _ = captioned.load(str(place), 16)
    assert len(pictures) == 3
    assert sorted(pictures.skipped) == [
        "1.png has a caption and is not there.",
        "4.png has no caption.",
    ]


def test_a_line_that_is_no_object_is_left_out_and_told(tmp_path):
    place = folder(tmp_path / "own", "metadata.jsonl", TEXTS)
    with (place / "metadata.jsonl").open("a") as table:
        table.write('\n{"file_name": \n')
    pictures, _ = captioned.load(str(place), 16)
    assert len(pictures) == len(TEXTS)
    assert any("no JSON object" in sentence for sentence in pictures.skipped)


def test_a_folder_without_captions_is_refused(tmp_path):
    place = folder(tmp_path / "own", "metadata.csv", TEXTS)
    (place / "metadata.csv").write_text("file_name,colour\n0.png,red\n")
    with pytest.raises(ValueError, match=mentions("metadata.csv text")):
        captioned.load(str(place), 16)
    (place / "metadata.csv").unlink()
    with pytest.raises(ValueError, match=mentions("own metadata.csv")):
        captioned.load(str(place), 16)
    with pytest.raises(ValueError, match=mentions("avatars")):
        captioned.load("avatars", 16)


@pytest.mark.parametrize(
    ("sentence", "unread"),
    [
        ("a red seven, not upright, on blue", ["not", "upright"]),
        ("a seven that isn't standing straight", ["isn't", "standing", "straight"]),
        ("a 7 Not leaning to the left", ["Not", "leaning", "to", "the", "left"]),
        ("a 7 that is not tilted right", ["not", "tilted", "right"]),
        ("a seven, not leaning", []),
        ("not red, leaning left", []),
        ("a 7 that is not red, upright", []),
    ],
)
def test_a_slant_that_is_denied_is_not_read_as_that_slant(sentence, unread):
    read = DigitGrammar().vocabulary.read(sentence)
    known = [word.text for word in read if word.read]
    assert [word.text for word in read if word.text in unread] == unread
    assert not {*unread} & {*known}
    assert len(unread) == len(DigitGrammar().vocabulary.negated_slants([w.text for w in read]))


def test_no_caption_of_a_training_denies_a_slant_and_faces_have_none(kind):
    grammar, pictures = kind
    rng = Random(5)
    for traits in pictures:
        words = split_words(grammar.describe(traits, rng).text)
        assert not grammar.vocabulary.negated_slants(words)
    assert not FaceGrammar().vocabulary.negated_slants(["not", "upright"])


@pytest.mark.slow
def test_the_model_that_ships_says_that_a_denied_slant_is_not_understood():
    studio = Studio(device="cpu")
    asked = studio.read_text("text-digits", "a red seven, upright")
    denied = studio.read_text("text-digits", "a red seven, not upright")
    assert "slant: upright" in asked.traits
    assert {name for name in denied.traits if name.startswith("slant")} == set()
    assert {"digit: seven", "colour: red"} <= denied.traits.keys()
    assert denied.notes == (NOTES["slant"],)
    assert asked.notes == ()
