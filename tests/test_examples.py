"""The example pictures: photographs and paintings that are at hand without a network."""

import socket
from importlib.resources import files

import pytest

from gan_studio.style_transfer import examples


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    def refuse(*args):
        raise AssertionError("an example asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("title", examples.STYLES)
def test_a_painting_is_in_the_public_domain_and_a_small_file(title):
    painting = examples.STYLES[title]
    assert painting.artist
    assert painting.year <= painting.died < 1945
    assert len((files(examples) / painting.file).read_bytes()) <= 80_000
    picture = examples.style(title)
    assert (picture.mode, max(picture.size)) == ("RGB", 512)
    assert min(picture.size) >= 256


def test_every_painting_has_a_title_and_a_file_of_its_own():
    names = [path.name for path in files(examples).iterdir() if path.name.endswith(".jpg")]
    assert sorted(names) == sorted(painting.file for painting in examples.STYLES.values())
    assert len(examples.STYLES) == len(examples.PAINTINGS)


@pytest.mark.parametrize("name", examples.CONTENTS)
def test_a_photograph_is_not_too_large(name):
    picture = examples.content(name)
    assert picture.mode == "RGB"
    assert min(picture.size) >= 256
    assert max(picture.size) <= 640


@pytest.mark.parametrize("example", [examples.content, examples.style])
def test_an_unknown_example_is_refused_with_its_name(example):
    with pytest.raises(ValueError, match="nothing"):
        example("nothing")
