"""Configurations described by their sources."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar, Literal

import pytest
from mentions import mentions

from gan_studio.core.fields import Field, docstrings, fields
from gan_studio.gans import optimizers, stabilizers
from gan_studio.gans.config import TrainingConfig
from gan_studio.gans.families import FAMILIES


@dataclass(frozen=True, kw_only=True)
class Elder:
    """A class docstring is nobody's field."""

    rate: float = 0.5
    """what the elder says"""
    count: int = 2
    """said by the elder
    in two lines"""
    silent: int = 0

    known: ClassVar[int] = 3
    """no field at all"""


@dataclass(frozen=True, kw_only=True)
class Heir(Elder):
    rate: float = 0.25  # said again
    """what the heir says"""
    colour: Literal["red", "blue"] = "blue"
    """one of two"""
    power: Literal[1, 2] = 2
    """one of two numbers"""
    every: int | None = None
    """perhaps a number"""
    told: bool = False
    """yes or no"""


def field(name: str) -> Field:
    return {f.name: f for f in fields(Heir)}[name]


def test_the_nearest_docstring_wins_and_stands_in_one_line():
    said = docstrings(Heir)
    assert said["rate"] == "what the heir says"
    assert said["count"] == "said by the elder in two lines"
    assert "silent" not in said


def test_fields_stand_in_the_dataclass_s_order_with_their_types():
    assert [f.name for f in fields(Heir)] == [f.name for f in dataclasses.fields(Heir)]
    assert [(f.kind, f.choices, f.optional, f.default) for f in fields(Heir)] == [
        (float, (), False, 0.25),
        (int, (), False, 2),
        (int, (), False, 0),
        (str, ("red", "blue"), False, "blue"),
        (int, (1, 2), False, 2),
        (int, (), True, None),
        (bool, (), False, False),
    ]


@pytest.mark.parametrize(
    "config",
    [TrainingConfig, *(pytest.param(known.config, id=name) for name, known in FAMILIES.items())],
)
def test_every_setting_of_every_family_has_a_sentence_and_reads_its_own_default(config):
    assert len(fields(config)) >= 10
    for known in fields(config):
        assert len(known.description) >= 10, known.name
        assert known.read(known.default) == known.default
        assert type(known.read(known.default)) in (known.kind, type(None))


def test_a_family_s_own_words_stand_before_those_it_inherits():
    said, elder, other = (
        {f.name: f.description for f in fields(kind)}
        for kind in (FAMILIES["wgan"].config, stabilizers.StabilizerConfig, optimizers.AdamConfig)
    )
    assert "RMSprop" in said["learning_rate"] != other["learning_rate"]
    assert said["augment"] == elder["augment"]


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("rate", "1e-3", 0.001),
        ("rate", 1, 1.0),
        ("count", 8.0, 8),
        ("colour", "red", "red"),
        ("power", "1", 1),
        ("every", None, None),
        ("every", 5.0, 5),
        ("told", True, True),
        ("told", 0, False),
    ],
)
def test_what_a_page_holds_is_read_as_the_field_s_type(name, value, read):
    assert field(name).read(value) == read
    assert type(field(name).read(value)) is type(read)


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("rate", "nan", "rate"),
        ("rate", None, "rate"),
        ("count", 2.5, "count 2.5"),
        ("colour", "green", "colour red blue green"),
        ("told", "perhaps", "told perhaps"),
    ],
)
def test_what_is_of_another_kind_is_told_in_a_sentence(name, value, named):
    with pytest.raises(ValueError, match=mentions(named)):
        field(name).read(value)
