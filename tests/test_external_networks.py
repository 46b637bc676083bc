"""Other people's networks, of random weights, in their own files."""

import functools
import importlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
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
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """LaMa's architecture, with a hundredth of its weights."""
    module = importlib.import_module("spandrel.architectures.LaMa.__arch.LaMa")
    small = functools.partial(module.FFCResNetGenerator, ngf=8, n_blocks=1, max_features=32)
    monkeypatch.setattr(module, "FFCResNetGenerator", small)


def lama() -> dict[str, torch.Tensor]:
    from spandrel.architectures.LaMa import LaMa

    torch.manual_seed(0)
    return LaMa(in_nc=4).state_dict()


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
    assert isinstance(found, external.ExternalUpscaler)
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


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("ending", ["pth", "safetensors"])
@pytest.mark.parametrize("size", [(16, 16), (37, 50), (9, 12)])
def test_a_network_for_holes_fills_them_at_any_size(studio, folder, ending, size):
    place = folder / f"lama.{ending}"
    save_file(lama(), place) if ending == "safetensors" else torch.save(lama(), place)
    [card] = [card for card in studio.translator_cards() if card.name == place.name]
    assert (card.task, card.architecture, card.square) == ("repair", "LaMa", False)
    assert card.memory > 0 < card.seconds
    rng = np.random.default_rng(0)
    given = Image.fromarray(rng.integers(256, size=(*size, 3), dtype=np.uint8))
    mask = Image.new("L", given.size)
    mask.paste(255, (2, 3, 7, 6))
    [made] = studio.inpaint(place.name, given, mask)
    hidden = np.asarray(mask) > 0
    assert made.image.size == given.size
    assert (np.asarray(made.image)[~hidden] == np.asarray(given)[~hidden]).all()
    assert (np.asarray(made.image)[hidden] != np.asarray(given)[hidden]).any()
    given.paste(0, (2, 3, 7, 6))  # what lies in the hole is never seen
    assert studio.inpaint(place.name, given, mask)[0].image == made.image


@pytest.mark.usefixtures("narrow")
def test_a_large_picture_is_looked_at_smaller_and_that_is_said(studio, folder, monkeypatch):
    save_file(lama(), folder / "lama.safetensors")
    monkeypatch.setattr(external, "MAX_SIDE", 32)
    mask = Image.new("L", (80, 60))
    mask.paste(255, (20, 20, 40, 40))
    [made] = studio.inpaint("lama.safetensors", Image.new("RGB", (80, 60), "gray"), mask)
    assert made.image.size == (80, 60)
    assert any("32×24" in note for note in made.notes)


@pytest.mark.usefixtures("narrow")
def test_networks_are_not_asked_for_what_they_do_not_do(studio, folder):
    save_file(lama(), folder / "lama.safetensors")
    with pytest.raises(ValueError, match=mentions("lama.safetensors inpaint")):
        studio.upscale(photo(), "lama.safetensors")
    with pytest.raises(ValueError, match=mentions("anime.safetensors upscale")):
        studio.inpaint("anime.safetensors", photo(), Image.new("L", (30, 20), 255))
    visitors = Studio(device="cpu", runs=folder, limits=Limits(public=True))
    with pytest.raises(ValueError, match=mentions("lama.safetensors")):
        visitors.inpaint("lama.safetensors", photo(), Image.new("L", (30, 20), 255))


def imported(studio: Studio, source: str, output: Path | None = None) -> str:
    names: list[str] = []

    def follow() -> Iterator[object]:
        names.append((yield from studio.import_model(source, output)))

    for _ in follow():
        pass
    return names[0]


def test_a_network_is_imported_by_its_name_on_the_hub(tmp_path, hub_server):
    torch.save({"params": compact()}, tmp_path / "net.pth")
    readme = b"---\nlicense: mit\n---\n"
    files = {"weights/anime x4.pth": (tmp_path / "net.pth").read_bytes(), "README.md": readme}
    hub_server.add("ada/net", files)
    studio = Studio(device="cpu", runs=tmp_path / "runs")
    name = imported(studio, "ada/net/weights/anime x4.pth")
    assert name == "anime-x4.pth"
    [card] = [card for card in studio.translator_cards() if card.megabytes]
    assert card.source == "ada/net/weights/anime x4.pth, mit"
    assert all(part in card.about() for part in ("ada/net", "mit", "MB"))
    assert studio.upscale(photo(), name).image.size == (120, 80)
    with pytest.raises(ValueError, match=mentions("anime-x4.pth exists")):
        imported(studio, "ada/net/weights/anime x4.pth")
    elsewhere = imported(studio, "ada/net/weights/anime x4.pth", tmp_path / "other")
    assert Path(elsewhere).is_file()


@pytest.mark.parametrize("name", ["strange.safetensors", "strange.pth"])
def test_what_is_no_network_is_not_imported(studio, tmp_path, name):
    place = tmp_path / "sent" / name
    place.parent.mkdir()
    weights = {"weight": torch.zeros(2)}
    torch.save(weights, place) if name.endswith("pth") else save_file(weights, place)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ValueError, match=mentions(name)):
        imported(studio, str(place))
    assert sorted(tmp_path.iterdir()) == before


def test_an_archive_that_unpacks_to_more_than_it_holds_is_refused(studio, folder):
    import zipfile

    torch.save(compact(), folder / "plain.pth")
    with (
        zipfile.ZipFile(folder / "plain.pth") as plain,
        zipfile.ZipFile(folder / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for entry in plain.infolist():
            bomb.writestr(entry.filename, plain.read(entry))
    with pytest.raises(ValueError, match=mentions("bomb.pth compressed")):
        studio.upscale(photo(), "bomb.pth")
