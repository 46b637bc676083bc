"""Holes in pictures filled: what is known stays, proposals differ, wrong masks are refused."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
import toys
from mentions import mentions
from PIL import Image

from gan_studio.cli.main import main
from gan_studio.evaluation import inpainting as figures
from gan_studio.gans import checkpoint
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.families.inpainting import Inpainting
from gan_studio.images import files as image_files
from gan_studio.images import holes
from gan_studio.images.translation import TranslationRecipe
from gan_studio.studio.semantic_inpainting import pixel_weights
from gan_studio.studio.studio import Studio


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """Toys: a network for faces, one for any pictures, one that translates, two of latents."""
    root = tmp_path_factory.mktemp("models")
    gans = {
        "network": ("inpainting", "celeba", toys.translation("inpainting")),
        "photos": ("inpainting", "toy", toys.translation("inpainting")),
        "lines": ("pix2pix", "celeba", toys.translation("pix2pix", task="lines")),
        "faces": ("gan", "celeba", toys.model("gan", 3)),
        "digits": ("gan", "digits", toys.model("gan")),
    }
    for name, (family, dataset, gan) in gans.items():
        channels = gan.channels
        manifest = Manifest(family=family, config=gan.config, channels=channels, dataset=dataset)
        checkpoint.save_model(root / name, gan, gan.generator, manifest)
    return Studio(root, "cpu")


def photo(width: int = 16, height: int = 16) -> Image.Image:
    rng = np.random.default_rng(0)
    return Image.fromarray(rng.integers(256, size=(height, width, 3), dtype=np.uint8))


def box(width: int = 16, height: int = 16) -> Image.Image:
    mask = Image.new("L", (width, height))
    mask.paste(255, (width // 4, height // 3, width // 2, 3 * height // 4))
    return mask


def outside(made: Image.Image, picture: Image.Image, hidden: np.ndarray) -> np.ndarray:
    return np.asarray(made)[~hidden] == np.asarray(picture)[~hidden]


@pytest.mark.parametrize("model", ["network", "photos", "faces"])
@pytest.mark.parametrize("size", [16, 50])
def test_what_is_known_stays_to_the_last_level(studio, model, size):
    picture, mask = photo(size, size), box(size, size)
    [made] = studio.inpaint(model, picture, mask)
    hidden = holes.to_mask(mask)
    assert made.image.size == picture.size
    assert outside(made.image, picture, hidden).all()
    assert not outside(made.image, picture, ~hidden).all()
    assert (np.asarray(made.source)[hidden] == 128).all()


def test_what_lies_in_the_hole_is_never_seen(studio):
    picture = photo()
    other = picture.copy()
    other.paste((255, 0, 0), (4, 5, 8, 12))
    for model in ("network", "faces"):
        one, two = (studio.inpaint(model, p, box())[0].image for p in (picture, other))
        assert one == two


def test_growth_and_feather_reach_as_far_as_they_say(studio):
    picture, hidden = photo(32, 32), holes.to_mask(box(32, 32))
    [made] = studio.inpaint("network", picture, box(32, 32), grow=1, feather=2)
    near = holes.grow_mask(holes.grow_mask(hidden, 2), 4)  # a pixel of the model is two of ours
    assert outside(made.image, picture, near).all()
    assert not outside(made.image, picture, ~holes.grow_mask(hidden, 2) | hidden).all()


def test_a_generator_gives_a_proposal_for_each_seed(studio):
    three = studio.inpaint("faces", photo(), box(), seed=5, count=3)
    assert [one.recipe.seed for one in three] == [5, 6, 7]
    assert three[0].image != three[1].image != three[2].image
    [again] = studio.inpaint("faces", photo(), box(), seed=6)
    assert toys.alike(again.image, three[1].image)


def test_a_network_gives_one_proposal(studio):
    assert len(studio.inpaint("network", photo(), box(), count=3)) == 1


def test_a_recipe_repairs_again(studio, tmp_path):
    [made] = studio.inpaint("faces", photo(), box(), seed=3, grow=1)
    made.save(tmp_path / "made.png")
    text = image_files.metadata(tmp_path / "made.png", TranslationRecipe.png_key)
    recipe = TranslationRecipe.from_json(text or "")
    assert recipe == made.recipe
    assert np.array_equal(holes.decode_runs(recipe.mask), holes.to_mask(box()))
    [again] = studio.inpaint("faces", photo(), recipe.mask, seed=recipe.seed, grow=recipe.grow)
    assert again.image == made.image
    assert "mask" not in recipe.to_query()
    assert "grow=1" in recipe.to_query()


def test_of_a_wide_picture_the_middle_square_is_taken_by_models_of_faces(studio):
    picture, mask = photo(48, 32), box(48, 32)
    [face] = studio.inpaint("network", picture, mask)
    [whole] = studio.inpaint("photos", picture, mask)
    assert face.image.size == (32, 32)
    assert len(face.notes) == 2
    assert whole.image.size == (48, 32)
    aside = Image.new("L", (48, 32))
    aside.paste(255, (0, 0, 7, 32))
    with pytest.raises(ValueError, match=mentions("middle square")):
        studio.inpaint("network", picture, aside)


def test_a_mask_of_another_size_is_brought_to_the_pictures_and_said(studio):
    [made] = studio.inpaint("network", photo(32, 32), box(64, 64))
    assert np.array_equal(holes.decode_runs(made.recipe.mask), holes.to_mask(box(32, 32)))
    assert any(mentions_all(note, "64×64", "32×32") for note in made.notes)


def mentions_all(note: str, *parts: str) -> bool:
    return all(part in note for part in parts)


def test_masks_that_hide_nothing_or_all_are_refused(studio):
    for level in (0, 255):
        with pytest.raises(ValueError, match=mentions("mask")):
            studio.inpaint("network", photo(), Image.new("L", (16, 16), level), invert="no")
    with pytest.raises(ValueError, match=mentions("mask")):
        studio.inpaint("network", photo(), "")


def test_a_mask_that_hides_most_is_asked_about(studio):
    mask = Image.eval(box(), lambda level: 255 - level)
    with pytest.raises(ValueError, match=mentions("mask 89 invert yes no")):
        studio.inpaint("network", photo(), mask)
    [inverted] = studio.inpaint("network", photo(), mask, invert="yes")
    [plain] = studio.inpaint("network", photo(), box())
    assert inverted.image == plain.image
    [most] = studio.inpaint("network", photo(), mask, invert="no")
    assert holes.decode_runs(most.recipe.mask).mean() > 0.8


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "CMYK", "P", "I;16"])
def test_pictures_of_every_mode_are_repaired_and_grey_stays_grey(studio, mode):
    given = Image.new("I;16", (16, 16), 9999) if mode == "I;16" else photo().convert(mode)
    [made] = studio.inpaint("network", given, box())
    assert made.image.mode == ("L" if mode in ("L", "LA", "I;16") else "RGB")


def test_transparency_stays_and_what_fills_the_hole_is_opaque(studio):
    given = photo().convert("RGBA")
    given.putalpha(60)
    for model in ("network", "faces"):
        [made] = studio.inpaint(model, given, box())
        hidden, alpha = holes.to_mask(box()), np.asarray(made.image.getchannel("A"))
        assert (alpha[~hidden] == 60).all()
        assert (alpha[hidden] == 255).all()
        assert outside(made.image, given, hidden).all()


@pytest.mark.parametrize(
    ("model", "said"), [("digits", "digits"), ("lines", "lines"), ("nobody", "nobody")]
)
def test_models_that_fill_no_holes_are_refused(studio, model, said):
    with pytest.raises(ValueError, match=mentions(said)):
        studio.inpaint(model, photo(), box())


def test_a_model_that_fills_holes_is_not_asked_to_translate(studio):
    with pytest.raises(ValueError, match=mentions("network inpaint")):
        studio.translate("network", photo())
    assert studio.translator_info("network").task == "repair"


@pytest.mark.parametrize(
    ("field", "value"), [("grow", 7), ("feather", -1), ("seed", 2**32), ("count", 0), ("count", 9)]
)
def test_settings_out_of_range_are_refused(studio, field, value):
    with pytest.raises(ValueError, match=mentions(str(value))):
        studio.inpaint("network", photo(), box(), **{field: value})


def test_a_picture_that_is_too_large_is_refused_by_its_size(studio):
    with pytest.raises(ValueError, match=mentions("51×1")):
        studio.inpaint("network", Image.new("RGB", (51, 1)), box())


def test_known_pixels_beside_the_hole_weigh_most():
    m = torch.zeros(1, 1, 32, 32)
    m[..., 12:20, 12:20] = 1
    weights = pixel_weights(m)[0, 0]
    assert (weights[12:20, 12:20] == 0).all()
    assert weights.mean().item() == pytest.approx(1)
    assert weights[16, 11] > weights[16, 9] > weights[16, 8] == weights[0, 0] > 0


def test_the_figures_of_a_network_stand_beside_two_fillings():
    gan = toys.translation("inpainting")
    assert isinstance(gan, Inpainting)
    data = dataclasses.replace(toys.pairs("holes", 6, 32), name="toy")
    found = figures.measure(gan, data, data, 6)
    assert found["count"] == 6
    assert 0.1 <= found["hidden"] <= 0.4
    assert found["known_changed"] == found["harmonic_known_changed"] == 0
    assert found["mean_hole_psnr"] > found["harmonic_hole_psnr"]  # of noise


def test_the_psnr_is_that_of_the_hole_alone():
    true = torch.zeros(1, 3, 4, 4, dtype=torch.uint8)
    hidden = np.zeros((1, 4, 4), bool)
    hidden[0, 1, 1:3] = True
    made = true + 99
    made[0, :, 1, 1:3] = 5
    assert figures.hole_psnr(made, true, hidden) == pytest.approx(20 * np.log10(255 / 5))
    assert figures.count_changed_pixels(made, true, hidden) == 3 * 14


def test_the_command_writes_a_png_with_its_recipe(studio, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("gan_studio.cli.inpaint.Studio", lambda: studio)
    photo().save(tmp_path / "in.png")
    box().save(tmp_path / "mask.png")
    out = tmp_path / "out.png"
    main(["inpaint", *arguments(tmp_path, out), "--model", "network", "--feather", "1"])
    text = image_files.metadata(out, TranslationRecipe.png_key)
    assert TranslationRecipe.from_json(text or "").feather == 1
    assert "out.png" in capsys.readouterr().out


def arguments(folder: Path, out: Path) -> list[str]:
    return [str(folder / "in.png"), "--mask", str(folder / "mask.png"), "--output", str(out)]
