"""English text as it is said: numbers, abbreviations, letters, and the phones of all of it."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from gan_studio.core.validation import abbreviate
from gan_studio.sound import phones as phone_table
from gan_studio.sound.phones import PAUSE, words_of
from gan_studio.sound.recipe import MAX_TEXT

ONES = words_of(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
TENS = words_of("_ _ twenty thirty forty fifty sixty seventy eighty ninety")
SCALES = (10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand")
LONGEST_NUMBER = 15
"""digits; longer ones are read digit by digit"""
ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
ABBREVIATIONS = {
    "mr": "mister", "mrs": "missus", "ms": "miz", "dr": "doctor", "st": "saint",
    "prof": "professor",
    "vs": "versus", "etc": "et cetera", "e.g": "for example", "i.e": "that is", "no": "number",
    "jr": "junior", "sr": "senior", "approx": "approximately", "fig": "figure", "eq": "equation",
    "a.m": "A M", "p.m": "P M", "u.s": "U S", "u.k": "U K", "et al": "and others",
}  # fmt: skip
"""what stands before a full stop; `no` only before a number"""
UNITS = {
    "km": "kilometres", "m": "metres", "cm": "centimetres", "mm": "millimetres", "kg": "kilograms",
    "g": "grams", "mg": "milligrams", "l": "litres", "ml": "millilitres", "s": "seconds",
    "ms": "milliseconds", "min": "minutes", "h": "hours", "hz": "hertz", "khz": "kilohertz",
    "kb": "kilobytes", "mb": "megabytes", "gb": "gigabytes", "mph": "miles per hour",
    "km/h": "kilometres per hour", "°c": "degrees celsius", "°f": "degrees fahrenheit",
    "°": "degrees", "%": "percent", "px": "pixels",
}  # fmt: skip
"""what may stand behind a number"""
CURRENCIES = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny")}
SIGNS = {
    "&": "and", "+": "plus", "=": "equals", "@": "at", "%": "percent", "#": "number",
    "×": "times", "÷": "divided by", "<": "less than", ">": "greater than", "~": "about",
}  # fmt: skip
NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
PAUSES = ".,;:!?()…—–"
_ASCII = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "ﬁ": "fi", "−": "-", "‐": "-"})
_LETTERS = str.maketrans(
    {
        "ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "th",
        "þ": "th",
        "ẞ": "SS", "Æ": "Ae", "Œ": "Oe", "Ł": "L", "Đ": "D", "Ð": "Th", "Þ": "Th", "ı": "i",
    }
)  # fmt: skip


class Reading(NamedTuple):
    """A text as it will be spoken."""

    words: list[str]
    """as they are read, pauses as commas"""
    phones: list[str]
    """of ARPABET with their stress, PAUSE between clauses"""
    notes: list[str]
    """sentences for the reader, such as signs that were left out"""


def read(text: str) -> Reading:
    """The words and phones of a text; ValueError where there is nothing to say, or too much."""
    if len(text) > MAX_TEXT:
        raise ValueError(
            f"The text has {len(text)} letters; at most {MAX_TEXT} can be said at once."
        )
    plain, notes = _clean(text)
    words: list[str] = []
    phones: list[str] = []
    for token in _tokens(_expand(plain)):
        if token in PAUSES:
            if phones and phones[-1] != PAUSE:
                phones.append(PAUSE)
                words.append(",")
            continue
        for word, pronunciation in _pronounce(token):
            words.append(word)
            phones += pronunciation
    if not any(phone != PAUSE for phone in phones):
        raise ValueError("There is nothing to say: the text has no letters and no digits.")
    return Reading(words, phones, notes)


def _clean(text: str) -> tuple[str, list[str]]:
    """Text of Latin letters without accents, and what was left out; ValueError for others."""
    notes = []
    without = re.sub(r"</?[a-zA-Z][^<>]*>", " ", text)
    if without != text:
        notes.append("Markup was left out.")
    plain = unicodedata.normalize("NFKD", without.translate(_ASCII).translate(_LETTERS))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    others = {c for c in plain if c.isalpha() and c > "z"}
    foreign = sorted({_script(c) for c in others} - {"Latin"})
    if others and not foreign:
        raise ValueError(
            f"English has no letters such as {' '.join(sorted(others)[:20])}; "
            "write the text without them."
        )
    if foreign:
        raise ValueError(
            f"The text has letters of another script ({', '.join(foreign)}); only English, in "
            "Latin letters, can be said."
        )
    allowed_signs = set(PAUSES) | set(SIGNS) | set(CURRENCIES) | set("°'-/\"_*[]{}|\\^`")
    odd = {c for c in plain if not (c.isalnum() or c.isspace() or c in allowed_signs)}
    if odd:
        notes.append(f"Signs that are not said were left out: {' '.join(sorted(odd))[:60]}")
    return "".join(" " if c in odd else c for c in plain), notes


def _script(letter: str) -> str:
    """The name of a letter's script."""
    script = unicodedata.name(letter, "UNKNOWN").split()[0]
    return "Chinese characters" if script == "CJK" else script.title()


def _expand(text: str) -> str:
    """Figures and abbreviations as words."""

    def expand_abbreviation(match: re.Match[str]) -> str:
        return f"{ABBREVIATIONS[match[1].lower()]} "

    names = "|".join(re.escape(name) for name in ABBREVIATIONS if name != "no")
    text = re.sub(rf"\b({names})\.(?=\s|,|$)", expand_abbreviation, text, flags=re.IGNORECASE)
    text = re.sub(r"\b[Nn]o\.\s*(?=\d)", "number ", text)
    text = re.sub(rf"([$€£])\s?({NUMBER})", lambda m: _money(m[1], m[2]), text)
    text = re.sub(r"\b(\d{1,2}):(\d\d)\b", lambda m: _clock(m[1], m[2]), text)
    text = re.sub(r"\b(\d+)(st|nd|rd|th)\b", lambda m: ordinal(int(m[1])), text)
    text = re.sub(
        r"\b(1[1-9]|20)(\d\d)s\b", lambda m: f"{_year(m[1], m[2])}s".replace("ys", "ies"), text
    )
    units = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
    pattern = rf"(?<![\w.])(-?{NUMBER})\s?({units})(?![\w])"
    text = re.sub(pattern, lambda m: f"{m[1]} {_unit(m[1], m[2])}", text, flags=re.IGNORECASE)
    text = re.sub(
        r"(?<![\w.,])(1[1-9]|20)(\d\d)(?![\w%]|[.,]\d)", lambda m: _year(m[1], m[2]), text
    )
    text = re.sub(rf"(?<![\w])-({NUMBER})", lambda m: f"minus {m[1]}", text)
    text = re.sub(NUMBER, lambda m: f" {number(m[0])} ", text)
    for sign, words in SIGNS.items():
        text = text.replace(sign, f" {words} ")
    return text


def _unit(count: str, unit: str) -> str:
    words = UNITS[unit.lower()]
    return re.sub(r"^(\w+?)s\b", r"\1", words) if count == "1" and words.endswith("s") else words


def _money(sign: str, amount: str) -> str:
    """`$2.50` -> two dollars fifty."""
    whole, _, cents = amount.replace(",", "").partition(".")
    unit, small = CURRENCIES[sign]
    words = f"{cardinal(int(whole))} {unit}{'' if whole == '1' else 's'}"
    if len(cents) == 2 and int(cents):
        many = {"penny": "pence"}.get(small, f"{small}s")
        return f"{words} and {cardinal(int(cents))} {small if cents == '01' else many}"
    return words if not cents.strip("0") else f"{number(amount)} {unit}s"


def _clock(hour: str, minute: str) -> str:
    """`9:05` -> nine oh five."""
    if minute == "00":
        return f"{cardinal(int(hour))} o'clock"
    oh = "oh " if minute[0] == "0" else ""
    return f"{cardinal(int(hour))} {oh}{cardinal(int(minute))}"


def _year(century: str, year: str) -> str:
    """1999 -> nineteen ninety nine, 2007 -> two thousand seven."""
    if century == "20" and year[0] == "0":
        return cardinal(2000 + int(year))
    if year == "00":
        return f"{cardinal(int(century))} hundred"
    oh = "oh " if year[0] == "0" else ""
    return f"{cardinal(int(century))} {oh}{cardinal(int(year))}"


def number(text: str) -> str:
    """Digits, with commas between thousands and a point or not, as words."""
    whole, point, decimals = text.replace(",", "").partition(".")
    long = len(whole) > LONGEST_NUMBER or (len(whole) > 1 and whole[0] == "0")
    words = " ".join(ONES[int(d)] for d in whole) if long else cardinal(int(whole))
    return f"{words} point {' '.join(ONES[int(d)] for d in decimals)}" if point else words


def cardinal(n: int) -> str:
    """A number as words, 0 to 10^15 - 1: 342 -> three hundred forty two."""
    for scale, name in SCALES:
        if n >= scale:
            rest = f" {cardinal(n % scale)}" if n % scale else ""
            return f"{cardinal(n // scale)} {name}{rest}"
    if n >= 100:
        return f"{ONES[n // 100]} hundred" + (f" {cardinal(n % 100)}" if n % 100 else "")
    if n >= 20:
        return TENS[n // 10] + (f" {ONES[n % 10]}" if n % 10 else "")
    return ONES[n]


def ordinal(n: int) -> str:
    """A place in an order: 42 -> forty second."""
    if n >= 10**LONGEST_NUMBER:
        return number(str(n))
    first, _, last = cardinal(n).rpartition(" ")
    word = ORDINALS.get(last) or (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")
    return f"{first} {word}".strip()


def _tokens(text: str) -> list[str]:
    """Words of letters and apostrophes, and marks that make a pause."""
    return re.findall(rf"[A-Za-z]+(?:'[A-Za-z]+)*|[{re.escape(PAUSES)}]", text)


def _pronounce(token: str) -> list[tuple[str, list[str]]]:
    """The words of a token, each with its phones."""
    word = token.lower()
    if len(token) == 1:
        as_word = token in ("a", "I", "i")
        return [(token, phone_table.of_word(word) if as_word else phone_table.spell(word))]
    if token.isupper() and _spelled_out(word):
        return [(token, phone_table.spell(word))]
    # `StyleGAN` is two words
    parts = re.findall(r"[A-Z]?[a-z']+|[A-Z]+(?![a-z'])", token)
    if len(parts) > 1 and word not in phone_table.lexicon():
        return [pair for part in parts for pair in _pronounce(part)]
    return [(word, phone_table.of_word(word))]


def _spelled_out(word: str) -> bool:
    """Whether capitals are read letter by letter: few of them, or no word could sound so."""
    sayable = re.search("[aeiouy]", word) and word in phone_table.lexicon()
    return not sayable and (len(word) <= 4 or not re.search("[aeiouy]", word))


def check_text(text: object) -> str:
    """Text of a visitor; ValueError where it is none."""
    if not isinstance(text, str):
        raise ValueError(f"The text must be text, not {abbreviate(text)}.")
    if not text.strip():
        raise ValueError("The text is empty. Type a sentence.")
    return text
