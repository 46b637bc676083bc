"""The bundled pictures: the same every time, rich everywhere, each style unlike the others."""

import hashlib
import itertools
import socket

import numpy as np
import pytest

from gan_studio import examples


def grey(name: str) -> np.ndarray:
    return np.asarray(examples.style(name).convert("L"), np.float32)


def fingerprint(name: str) -> np.ndarray:
    """How a style's colours are spread, and where its edges point, as two histograms."""
    pixels = np.asarray(examples.style(name)) // 64
    colours = np.bincount((pixels @ np.array([16, 4, 1])).ravel(), minlength=64)
    dy, dx = np.gradient(grey(name))
    angles, _ = np.histogram(np.arctan2(dy, dx) % np.pi, 12, (0, np.pi), weights=np.hypot(dx, dy))
    return np.concatenate([colours / colours.sum(), angles / angles.sum()])


@pytest.mark.parametrize("name", examples.STYLES)
def test_a_style_is_drawn_alike_every_time(name):
    drawings = examples.style(name), examples.STYLES[name]()  # the first may be an older one
    assert len({hashlib.sha256(drawing.tobytes()).digest() for drawing in drawings}) == 1


@pytest.mark.parametrize("name", examples.STYLES)
def test_a_style_has_its_size_and_is_in_colour(name):
    picture = examples.style(name)
    assert (picture.mode, picture.size) == ("RGB", (512, 512))


@pytest.mark.parametrize("name", examples.STYLES)
def test_a_style_is_flat_nowhere(name):
    cells = grey(name).reshape(8, 64, 8, 64).std(axis=(1, 3))
    assert (cells > 10).mean() > 0.95
    assert cells.min() > 5


def test_every_style_differs_from_every_other():
    assert len(examples.STYLES) >= 8
    prints = {name: fingerprint(name) for name in examples.STYLES}
    for one, other in itertools.combinations(prints, 2):
        assert np.abs(prints[one] - prints[other]).sum() > 0.3, (one, other)


@pytest.mark.parametrize("name", examples.CONTENTS)
def test_a_photograph_needs_no_network_and_is_not_too_large(name, monkeypatch):
    def refuse(*args):
        raise AssertionError("an example asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    picture = examples.CONTENTS[name]()
    assert picture.mode == "RGB"
    assert min(picture.size) >= 256
    assert max(picture.size) <= 640


def test_what_a_caller_does_to_an_example_stays_with_the_caller():
    for example, name in ((examples.content, "flower"), (examples.style, "marbled paper")):
        before = example(name).tobytes()
        example(name).paste("white", (0, 0, 100, 100))
        assert example(name).tobytes() == before


@pytest.mark.parametrize("example", [examples.content, examples.style])
def test_an_unknown_example_is_refused_with_the_known_ones(example):
    kind = example.__name__
    known = ", ".join({"content": examples.CONTENTS, "style": examples.STYLES}[kind])
    with pytest.raises(ValueError, match="nothing") as error:
        example("nothing")
    assert str(error.value) == (
        f"There is no example {kind} 'nothing'; the known ones are {known}."
    )
