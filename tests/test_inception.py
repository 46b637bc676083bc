"""Inception-v3: its weights are found, or one sentence says why they cannot be had."""

from __future__ import annotations

import pytest
import torch
from mentions import mentions

from gan_studio.datasets import registry
from gan_studio.vision import inception


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """No weights anywhere, and none to download."""
    monkeypatch.setenv("GAN_STUDIO_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(inception, "URL", "http://127.0.0.1:9/weights.pth")
    return tmp_path


def test_weights_that_cannot_be_had_are_named_in_a_sentence(empty):
    with pytest.raises(ValueError, match=mentions("models")):
        inception.Inception()


@pytest.mark.parametrize("home", ["models", "torch/hub/checkpoints"])
def test_weights_that_lie_on_the_disk_are_found(empty, home):
    assert inception.local_weights() is None
    path = empty / home / inception.FILE
    path.parent.mkdir(parents=True)
    path.touch()
    assert inception.local_weights() == path


def test_weights_that_are_others_are_refused(empty):
    (empty / "models").mkdir()
    path = empty / "models" / inception.FILE
    torch.save({"fc.weight": torch.zeros(2)}, path)
    with pytest.raises(ValueError, match=mentions("6726825d")):
        inception.weights()
    path.write_bytes(b"no weights")
    with pytest.raises(ValueError, match=mentions(inception.FILE)):
        inception.weights()


class Deed:
    """A pickle that prints when it is loaded."""

    def __reduce__(self):
        return (print, ("done",))


def test_a_pickle_that_does_things_is_not_run(empty, capsys):
    (empty / "models").mkdir()
    torch.save(Deed(), empty / "models" / inception.FILE)
    with pytest.raises(ValueError, match=mentions(inception.FILE)):
        inception.weights()
    assert capsys.readouterr().out == ""


@pytest.mark.slow
@pytest.mark.skipif(
    inception.local_weights() is None, reason="needs Inception's weights on this machine"
)
def test_pictures_of_any_size_and_colour_get_2048_features():
    network = inception.Inception()
    grey = registry.load("digits", 16).images[:3]
    one, other = (network(pictures).features for pictures in (grey, grey.expand(-1, 3, -1, -1)))
    assert one.shape == (3, 2048)
    assert (one == other).all()
