"""Limits of a private and of a public studio."""

from __future__ import annotations

import dataclasses

import pytest
from mentions import mentions

from gan_studio.core.limits import (
    LOCAL,
    PUBLIC,
    PUBLIC_VARIABLE,
    check_environment,
    limits_from_env,
)


def test_ones_own_machine_is_not_public():
    assert limits_from_env(environment={}) == LOCAL
    assert not LOCAL.public


def test_a_space_is_public():
    assert limits_from_env(environment={"SPACE_ID": "somebody/studio"}) == PUBLIC
    assert PUBLIC.public


def test_the_owner_of_a_space_can_keep_it_to_himself():
    assert (
        limits_from_env(environment={"SPACE_ID": "somebody/studio", PUBLIC_VARIABLE: "0"}) == LOCAL
    )


def test_what_is_asked_for_wins_over_the_environment():
    assert limits_from_env(True, {PUBLIC_VARIABLE: "0"}) == PUBLIC
    assert limits_from_env(False, {"SPACE_ID": "somebody/studio"}) == LOCAL


def test_a_variable_that_makes_no_sense_is_refused():
    for read in (limits_from_env, check_environment):
        with pytest.raises(ValueError, match=mentions("GAN_STUDIO_PUBLIC 1 0 yes")):
            read(environment={PUBLIC_VARIABLE: "yes"})


def test_a_public_page_allows_less_of_everything():
    for field in dataclasses.fields(LOCAL):
        more, less = getattr(LOCAL, field.name), getattr(PUBLIC, field.name)
        if field.name == "retention":
            assert more is None
            assert less > 0
        elif field.name != "public":
            assert 0 < less < more
