"""Other people's super-resolution networks, of random weights, in their own files."""

import os
from pathlib import Path

import pytest
import torch
from mentions import mentions
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from gan_studio.core.limits import Limits
from gan_studio.models import external
from gan_studio.models.upscaler import Settings
from gan_studio.studio.studio import Studio

spandrel = pytest.importorskip("spandrel")


def compact(width: int = 8, scale: int = 4) -> dict[str, torch.Tensor]:
    """Weights of Real-ESRGAN's compact network (Wang et al., 2021): a stack of convolutions."""
    torch.manual_seed(0)
    layers = [
        nn.Conv2d(3, width, 3, padding=1), nn.PReLU(width), nn.Conv2d(width, width, 3, padding=1),
        nn.PReLU(width), nn.Conv2d(width, 3 * scale**2, 3, padding=1),
    ]  # fmt: skip
    body = nn.Sequential(*layers)
    return {f"body.{name}": value for name, value in body.state_dict().items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_file(compact(), tmp_path / "anime.safetensors")
    torch.save({"params": compact(scale=2)}, tmp_path / "general-x2.pth")
    return tmp_path


@pytest.fixture
def studio(folder: Path) -> Studio:
    return Studio(device="cpu", runs=folder)


def photo() -> Image.Image:
    return Image.linear_gradient("L").resize((30, 20)).convert("RGB")


def test_files_beside_the_models_are_offered_before_they_are_read(studio):
    cards = {card.name: card for card in studio.translator_cards() if card.megabytes}
    assert set(cards) == {"anime.safetensors", "general-x2.pth"}
    assert {card.task for card in cards.values()} == {"enlarge"}
    assert "anime.safetensors" in studio.upscalers()


@pytest.mark.parametrize("name", ["anime.safetensors", "general-x2.pth"])
@pytest.mark.parametrize("scale", [2, 4])
def test_a_network_of_any_factor_enlarges(studio, name, scale):
    made = studio.upscale(photo(), name, scale=scale)
    assert made.image.size == (30 * scale, 20 * scale)
    assert made.recipe.model == name


def test_a_strangers_picture_is_what_the_network_makes(folder):
    found = external.load(folder / "anime.safetensors", torch.device("cpu"))
    assert found.architecture
    assert found.parameters == sum(value.numel() for value in compact().values())
    picture = torch.randint(256, (3, 9, 7), dtype=torch.uint8)
    [tile] = found.tiles(picture, Settings(4))
    with torch.no_grad():
        expected = found.network(picture[None] / 255).clamp(0, 1).mul(255).round()
    assert (tile.pixels - expected[0]).abs().max() <= 1


def test_visitors_are_offered_none(folder):
    studio = Studio(device="cpu", runs=folder, limits=Limits(public=True))
    assert not [card for card in studio.translator_cards() if card.megabytes]


class Attack:
    def __reduce__(self):
        return os.system, ("touch attacked",)


@pytest.mark.parametrize(
    "contents",
    [b"no weights", {"a": torch.zeros(2)}, {"body.0.weight": "text"}, [1, 2], Attack(), {}],
)
def test_what_is_no_network_is_refused_with_its_name(studio, folder, contents, monkeypatch):
    monkeypatch.chdir(folder)
    place = folder / "strange.pth"
    place.write_bytes(contents) if isinstance(contents, bytes) else torch.save(contents, place)
    with pytest.raises(ValueError, match=mentions("strange.pth")):
        studio.upscale(photo(), "strange.pth")
    assert not (folder / "attacked").exists()


def test_weights_that_are_no_numbers_are_refused(studio, folder):
    weights = compact()
    weights["body.0.weight"][0] = torch.nan
    save_file(weights, folder / "nan.safetensors")
    with pytest.raises(ValueError, match=mentions("nan.safetensors")):
        studio.upscale(photo(), "nan.safetensors")


def test_a_file_that_changed_is_read_anew(studio, folder):
    before = studio.upscale(photo(), "anime.safetensors").image.tobytes()
    weights = {name: value * 2 for name, value in compact().items()}
    save_file(weights, folder / "anime.safetensors")
    os.utime(folder / "anime.safetensors", ns=(1, 1))
    assert studio.upscale(photo(), "anime.safetensors").image.tobytes() != before
