"""Pictures enlarged: tiles, back-projection, recipes, what is refused."""

from typing import Any

import numpy as np
import pytest
import torch
import toys
from mentions import mentions
from PIL import Image
from torch.testing import assert_close

from gan_studio.cli.main import main
from gan_studio.core.events import Progress
from gan_studio.evaluation import super_resolution
from gan_studio.gans import checkpoint
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.families.srgan import SRGAN
from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.images.translation import TranslationRecipe
from gan_studio.models import upscaler
from gan_studio.studio.studio import Studio
from gan_studio.studio.translate import Translation, digest
from gan_studio.vision import load


def trained(seed: int = 0, **settings: Any) -> SRGAN:
    """A toy whose four networks differ and add visible details."""
    gan = toys.translation("srgan", **settings)
    assert isinstance(gan, SRGAN)
    rng = torch.Generator().manual_seed(seed)
    for p in gan.generator.parameters():
        p.data.add_(0.05 * torch.randn(p.shape, generator=rng))
    return gan


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    root = tmp_path_factory.mktemp("models")
    for name, gan in {"srgan-photos": trained(), "pairs": toys.translation("pix2pix")}.items():
        family = name.split("-")[0] if name != "pairs" else "pix2pix"
        manifest = Manifest(family=family, config=gan.config, channels=3, dataset="toy")
        checkpoint.save_model(root / name, gan, gan.generator, manifest)
    gan = toys.model("gan")
    manifest = Manifest(family="gan", config=gan.config, channels=1, dataset="digits")
    checkpoint.save_model(root / "latent", gan, gan.generator, manifest)
    return Studio(root, "cpu")


def photo(width: int = 30, height: int = 20, mode: str = "RGB") -> Image.Image:
    rng = np.random.default_rng(0)
    pixels = rng.integers(40, 216, size=(height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


def pixels(picture: Image.Image) -> torch.Tensor:
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


def assembled(gan: SRGAN, picture: Image.Image, settings: upscaler.Settings) -> torch.Tensor:
    scale = settings.scale
    whole = torch.zeros(3, scale * picture.height, scale * picture.width, dtype=torch.uint8)
    seen = torch.zeros_like(whole)
    for top, left, part in upscaler.tiles(gan, pixels(picture), settings):
        place = slice(None), slice(top, top + part.shape[1]), slice(left, left + part.shape[2])
        whole[place], seen[place] = part, seen[place] + 1
    assert (seen == 1).all()
    return whole.int()


@pytest.mark.parametrize("keep_colours", [False, True])
@pytest.mark.parametrize("scale", [2, 4])
def test_in_tiles_a_picture_is_the_same_as_in_one_piece(monkeypatch, scale, keep_colours):
    gan, settings = trained(), upscaler.Settings(scale, keep_colours=keep_colours)
    whole = assembled(gan, photo(70, 50), settings)
    monkeypatch.setattr(upscaler, "TILE", 16)
    assert upscaler.tile_count(50, 70) == 4 * 5
    parts = assembled(gan, photo(70, 50), settings)
    assert (whole - parts).abs().max() <= 1  # a processor rounds otherwise at other sizes


def test_a_back_projected_picture_made_small_is_the_picture():
    rng = torch.Generator().manual_seed(0)
    x = torch.rand(1, 3, 12, 10, generator=rng) - 0.5
    noise = 0.1 * torch.randn(1, 3, 48, 40, generator=rng)
    y = upscaler.bicubic(x, 48, 40) + noise
    before = (upscaler.shrink(y) - x).abs().max()
    after = (upscaler.shrink(upscaler.back_project(y, x)) - x).abs().max()
    assert before > 6 / 127.5
    assert after < 1 / 127.5


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_an_enlarged_picture_has_more_pixels_and_the_same_mode(studio, scale, mode):
    made = studio.upscale(photo(mode=mode), scale=scale)
    assert made.image.size == made.source.size == (30 * scale, 20 * scale)
    assert made.image.mode == mode
    assert made.image.tobytes() != made.source.tobytes()
    assert made.notes


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_is_kept_apart_from_the_colours(studio, tmp_path, mode):
    opaque = photo().convert(mode)
    clear = opaque.copy()
    alpha = Image.new("L", clear.size, 255)
    alpha.paste(0, (0, 0, 15, 20))
    clear.putalpha(alpha)
    made, solid = studio.upscale(clear), studio.upscale(opaque)
    assert (made.image.mode, made.source.mode) == (mode, mode)
    assert len(made.notes) == len(solid.notes) + 1
    enlarged = np.asarray(made.image.getchannel("A"))
    assert (enlarged[:, :56] == 0).all()
    assert (enlarged[:, 64:] == 255).all()
    made.save(tmp_path / "a.png")
    made.save(tmp_path / "a.jpg")
    again = image_files.load(tmp_path / "a.png", keep_alpha=True)
    assert (again.mode, again.tobytes()) == (mode, made.image.tobytes())
    assert np.asarray(image_files.load(tmp_path / "a.jpg"))[:, :40].min() > 250


def test_colours_that_cannot_be_seen_change_nothing(studio):
    def with_hidden(colour: tuple[int, int, int]) -> Image.Image:
        picture = Image.new("RGBA", (24, 20), (200, 100, 50, 255))
        picture.paste((*colour, 0), (0, 0, 12, 20))
        return picture

    black, green = (studio.upscale(with_hidden(one)).image for one in ((0, 0, 0), (0, 255, 0)))
    assert black.tobytes() == green.tobytes()


@pytest.mark.parametrize("mode", ["RGBA", "CMYK", "P", "I;16"])
def test_pictures_of_every_mode_are_enlarged(studio, mode):
    given = Image.new("I;16", (9, 9), 9999) if mode == "I;16" else photo().convert(mode)
    assert studio.upscale(given).image.mode in ("L", "RGB")


def test_the_settings_change_the_picture(studio):
    usual = studio.upscale(photo(), keep_colours=False).image.tobytes()
    for changes in ({"sharpness": 0.0}, {"sharpness": 1.0}, {"noise": 0.5}, {"keep_colours": True}):
        given = {"keep_colours": False, **changes}
        assert studio.upscale(photo(), **given).image.tobytes() != usual, changes


def test_a_large_picture_tells_its_progress_and_can_be_left(studio, monkeypatch):
    monkeypatch.setattr(upscaler, "TILE", 16)
    recipe = TranslationRecipe(model="srgan-photos", scale=2)
    events = studio.upscaling(photo(40, 30), recipe)
    first = next(events)
    assert isinstance(first, Progress)
    assert (first.done, first.total) == (1, 6)
    events.close()
    *parts, last = studio.upscaling(photo(40, 30), recipe)
    assert [part.done for part in parts] == [1, 2, 3, 4, 5]
    assert isinstance(last, Translation)
    assert last.image.size == (80, 60)


def test_what_cannot_be_enlarged_is_refused(studio):
    with pytest.raises(ValueError, match=mentions("scale 3")):
        studio.upscale(photo(), scale=3)
    with pytest.raises(ValueError, match=mentions("sharpness 0 1 7")):
        studio.upscale(photo(), sharpness=7)
    with pytest.raises(ValueError, match=mentions("keep_colours maybe")):
        studio.upscale(photo(), keep_colours="maybe")
    with pytest.raises(ValueError, match=mentions("pairs")):
        studio.upscale(photo(), "pairs")
    with pytest.raises(ValueError, match=mentions("srgan-photos upscale")):
        studio.translate("srgan-photos", photo())
    with pytest.raises(ValueError, match=mentions("4000×3000 16000×12000 64")):
        studio.upscale(Image.new("L", (4000, 3000)))
    with pytest.raises(ValueError, match=mentions("5×5000")):
        studio.upscale(Image.new("L", (5, 5000)))


def test_who_enlarges_whose_pictures(studio):
    assert studio.upscalers() == ["srgan-photos"]
    assert studio.upscaler_of("latent") == ""  # digits stay crisp


def test_a_model_of_faces_that_restores_noisy_ones_enlarges_faces(tmp_path):
    for name, dataset in (("srgan-photos", "photos"), ("srgan-faces", "faces-256")):
        gan = trained(len(name), degradation="photo")
        manifest = Manifest(family="srgan", config=gan.config, channels=3, dataset=dataset)
        checkpoint.save_model(tmp_path / name, gan, gan.generator, manifest)
    for name, dataset in (("faces", "celeba"), ("flowers", "flowers")):
        gan = toys.model("dcgan", channels=3)
        manifest = Manifest(family="dcgan", config=gan.config, channels=3, dataset=dataset)
        checkpoint.save_model(tmp_path / name, gan, gan.generator, manifest)
    studio = Studio(tmp_path, "cpu", tmp_path / "runs")
    restored: dict[str, Any] = {"sharpness": 0.8, "noise": 1.0, "keep_colours": False}
    for name, model, options in (
        ("faces", "srgan-faces", restored),
        ("flowers", "srgan-photos", {}),
    ):
        drawn = studio.generate(Recipe(model=name, seed=3))
        made = studio.upscale(drawn.image, model, **options).image
        assert studio.enlarge(drawn).tobytes() == made.tobytes()
        assert studio.upscaler_of(name) == model


def test_the_recipe_goes_through_json_and_addresses():
    recipe = TranslationRecipe(
        model="srgan-photos", scale=2, sharpness=0.25, noise=1, keep_colours=False
    )
    assert TranslationRecipe.from_json(recipe.to_json()) == recipe
    assert TranslationRecipe.from_query(recipe.to_query()) == recipe


def test_the_command_writes_a_png_with_its_recipe(studio, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GAN_STUDIO_RUNS", str(studio.library.roots[0]))
    photo().save(tmp_path / "small.png")
    large = tmp_path / "large.png"
    command = ["upscale", str(tmp_path / "small.png"), "--output", str(large), "--scale", "2"]
    main([*command, "--model", "srgan-photos", "--sharpness", "0.75"])
    assert "60×40" in capsys.readouterr().out
    carried = image_files.read_text(large, TranslationRecipe.png_key, "")
    recipe = TranslationRecipe.from_json(carried)
    assert (recipe.scale, recipe.sharpness) == (2, 0.75)


@pytest.mark.parametrize("ending", ["png", "webp"])
def test_of_an_animation_the_first_frame_is_enlarged_and_that_is_said(
    studio, tmp_path, monkeypatch, capsys, ending
):
    monkeypatch.setenv("GAN_STUDIO_RUNS", str(studio.library.roots[0]))
    frames = [photo().rotate(90 * turns) for turns in range(3)]
    moving = tmp_path / f"moving.{ending}"
    frames[0].save(moving, save_all=True, append_images=frames[1:], lossless=True)
    main(["upscale", str(moving), "--output", str(tmp_path / "large.png")])
    assert image_files.FIRST_FRAME in capsys.readouterr().out
    carried = image_files.read_text(tmp_path / "large.png", TranslationRecipe.png_key, "")
    assert TranslationRecipe.from_json(carried).sha256 == digest(frames[0])
    frames[0].save(tmp_path / "still.png")
    assert image_files.remarks(tmp_path / "still.png") == []


def test_psnr_is_that_of_the_luma_without_the_border():
    true = Image.new("RGB", (40, 40), (100, 100, 100))
    made = Image.new("RGB", (40, 40), (110, 110, 110))
    for x in range(40):
        made.putpixel((x, 0), (0, 0, 0))
    # Ten levels of grey are 10 * 219 / 255 of the luma with footroom.
    assert super_resolution.psnr(made, true) == pytest.approx(
        20 * np.log10(255 / (10 * 219 / 255)), abs=1e-6
    )
    assert super_resolution.psnr(true, true) == np.inf


def test_figures_are_relative_to_bicubic():
    pictures = [photo(45, 38).resize((90, 77), Image.Resampling.BICUBIC)]
    found = super_resolution.measure(
        super_resolution.bicubic, pictures, load("embedded").to(torch.float32)
    )
    assert found["psnr_faithful"] == found["psnr_sharp"] == found["psnr_bicubic"]
    assert_close(found["features_sharp"], 1.0)
    with pytest.raises(ValueError, match=mentions("super-resolution")):
        super_resolution.measure(super_resolution.bicubic, [], load("embedded"))
