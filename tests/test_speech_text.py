"""English text as it is said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mentions import mentions

from gan_studio.sound import phones, text
from gan_studio.sound.text import cardinal, ordinal, read


def said(written: str) -> str:
    return " ".join(read(written).words)


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "zero"), (13, "thirteen"), (42, "forty two"), (100, "one hundred"),
        (999, "nine hundred ninety nine"), (1000, "one thousand"),
        (1_234_567, "one million two hundred thirty four thousand five hundred sixty seven"),
        (10**12 + 1, "one trillion one"),
    ],
)  # fmt: skip
def test_numbers_are_words(n, words):
    assert cardinal(n) == words


@pytest.mark.parametrize(
    ("n", "words"),
    [(1, "first"), (2, "second"), (12, "twelfth"), (20, "twentieth"), (42, "forty second")],
)
def test_ordinals_are_words(n, words):
    assert ordinal(n) == words


def value(words: str) -> int:
    """What a number in words is worth, by another way than `cardinal` goes."""
    small = {word: i for i, word in enumerate(text.ONES)}
    small |= {word: 10 * i for i, word in enumerate(text.TENS)}
    total = part = 0
    for word in words.split():
        if word == "hundred":
            part *= 100
        elif scale := {name: n for n, name in text.SCALES}.get(word):
            total, part = total + part * scale, 0
        else:
            part += small[word]
    return total + part


@given(st.integers(0, 10**15 - 1))
@settings(max_examples=100, deadline=None)
def test_a_number_in_words_is_worth_what_it_was(n):
    assert value(cardinal(n)) == n


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("2.50", "two point five zero"), ("1,000", "one thousand"), ("007", "zero zero seven"),
        ("$2.50", "two dollars and fifty cents"), ("£1", "one pound"), ("9:05", "nine oh five"),
        ("3 km", "three kilometres"), ("1 m", "one metre"), ("-4", "minus four"),
        ("50%", "fifty percent"), ("in 1999", "in nineteen ninety nine"),
        ("the 21st", "the twenty first"), ("Dr. Who", "doctor who"),
        ("e.g. a cat", "for example a cat"),
        ("x & y", "x and y"), ("No. 5", "number five"),
    ],
)  # fmt: skip
def test_figures_and_abbreviations_are_said_as_a_reader_says_them(written, words):
    assert said(written).rstrip(" ,") == words


def test_letters_and_short_names_are_spelled():
    assert read("BBC").phones == ["B", "IY1", "B", "IY1", "S", "IY1"]
    assert read("B").phones == ["B", "IY1"]
    assert read("a").phones == ["AH0"]
    assert said("StyleGAN") == "style gan"


def test_clauses_are_parted_by_pauses():
    found = read("Yes, no; well... good.")
    assert found.phones.count(phones.PAUSE) == 4
    assert found.words == ["yes", ",", "no", ",", "well", ",", "good", ","]


def test_a_known_word_is_said_as_the_dictionary_has_it():
    assert read("hello").phones == ["HH", "AH0", "L", "OW1"]
    assert phones.of_word("cats'") == phones.of_word("cats")
    assert len(phones.lexicon()) == 30_000
    assert all(p in phones.SYMBOLS for said in phones.lexicon().values() for p in said.split())


@pytest.mark.parametrize("word", ["blick", "zorp", "quizzlemint", "brx", "aaaa"])
def test_an_unknown_word_is_said_somehow(word):
    found = phones.of_word(word)
    assert found
    assert all(phone in phones.SYMBOLS for phone in found)


def test_made_up_words_are_read_by_rule():
    assert phones.of_word("blick") == ["B", "L", "IH1", "K"]


def test_a_genitive_is_said_with_its_s():
    assert phones.of_word("quizzle's")[-1] == "Z"
    assert phones.of_word("zot's")[-1] == "S"
    assert phones.of_word("smish's")[-2:] == ["IH0", "Z"]


def test_phones_can_be_written_by_hand():
    assert phones.parse("hh ah0 L ow, W er1") == ["HH", "AH0", "L", "OW1", "_", "W", "ER1"]
    with pytest.raises(ValueError, match=mentions("QQ")):
        phones.parse("HH QQ")


def test_each_phone_has_a_kind_and_a_stress():
    kinds, stresses = phones.indices(list(phones.SYMBOLS))
    assert len(kinds) == len(stresses) == len(phones.SYMBOLS)
    assert stresses.max() == 2
    assert phones.kind_and_stress("AH0") == ("AX", 0)


@pytest.mark.parametrize("written", ["", "  ", "...", "😀", "<b></b>"])
def test_nothing_to_say_is_one_sentence(written):
    with pytest.raises(ValueError, match=mentions("")):
        read(written)


@pytest.mark.parametrize(
    ("written", "script"), [("привет", "Cyrillic"), ("你好", "Chinese"), ("γεια", "Greek")]
)
def test_another_script_is_named(written, script):
    with pytest.raises(ValueError, match=mentions(script)):
        read(f"hello {written}")


def test_latin_letters_of_other_languages_are_said_as_their_like_or_named():
    assert read("Łódź, Ægir").words == ["lodz", ",", "aegir"]
    with pytest.raises(ValueError, match=mentions("English ŋ")):
        read("ŋa")


def test_too_long_a_text_is_refused():
    with pytest.raises(ValueError, match=mentions("10000 600")):
        read("a" * 10_000)


def test_markup_and_emoji_are_left_out_and_told():
    found = read("<i>Hello</i> 😀 café")
    assert found.words == ["hello", "cafe"]
    assert len(found.notes) == 2


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_or_refused_with_a_sentence(written):
    try:
        found = read(written)
    except ValueError:
        return
    assert all(phone in phones.SYMBOLS for phone in found.phones)
