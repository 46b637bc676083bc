"""Pictures through a model that translates them: sizes, recipes, what is refused."""

from typing import Any

import numpy as np
import pytest
import toys
from mentions import mentions
from PIL import Image, ImageDraw

from gan_studio.cli.main import main
from gan_studio.gans import checkpoint
from gan_studio.gans.checkpoint import Manifest
from gan_studio.images import files as image_files
from gan_studio.images.translation import TranslationRecipe
from gan_studio.models.translator import drawing_field
from gan_studio.studio.studio import Studio


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """Toys: one for each task, one that knows both ways, and one of latents."""
    root = tmp_path_factory.mktemp("models")
    toy: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("lines", "pix2pix", {"task": "lines"}),
        ("colour", "pix2pix", {"task": "colour"}),
        ("pairs", "pix2pix", {}),
        ("cycle", "cyclegan", {}),
    )
    for name, family, changes in toy:
        gan = toys.translation(family, **changes)
        manifest = Manifest(family=family, config=gan.config, channels=3, dataset="toy")
        checkpoint.save_model(root / name, gan, gan.generator, manifest)
    gan = toys.model("gan")
    manifest = Manifest(family="gan", config=gan.config, channels=1, dataset="digits")
    checkpoint.save_model(root / "latent", gan, gan.generator, manifest)
    return Studio(root, "cpu")


def photo(width: int = 40, height: int = 30, mode: str = "RGB") -> Image.Image:
    rng = np.random.default_rng(0)
    pixels = rng.integers(256, size=(height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


def test_models_of_either_kind_are_listed_apart(studio):
    assert studio.models() == ["latent"]
    assert studio.translators() == ["colour", "cycle", "lines", "pairs"]
    assert studio.translator_info("cycle").cyclic
    assert studio.translator_info("lines").task == "lines"


def test_a_model_of_the_other_kind_is_refused_by_name(studio):
    with pytest.raises(ValueError, match=mentions("latent colour cycle lines pairs")):
        studio.translate("latent", photo())
    with pytest.raises(ValueError, match=mentions("lines latent")):
        studio.model_info("lines")
    with pytest.raises(ValueError, match=mentions("nobody")):
        studio.translate("nobody", photo())


@pytest.mark.parametrize("size", [(40, 30), (16, 16), (9, 33)])
@pytest.mark.parametrize("name", ["pairs", "colour", "cycle"])
def test_the_result_has_the_pictures_size(studio, name, size):
    found = studio.translate(name, photo(*size))
    assert found.image.size == found.source.size == size
    assert (found.round_trip is None) == (name != "cycle")


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK", "P", "I;16"])
def test_pictures_of_every_mode_are_translated(studio, mode):
    picture = photo(24, 24)
    given = Image.new("I;16", (24, 24), 9999) if mode == "I;16" else picture.convert(mode)
    assert studio.translate("pairs", given).image.mode == "RGB"


def test_colour_keeps_the_luma_at_full_size(studio):
    picture = photo(60, 50, "L")
    made = studio.translate("colour", picture, size=16).image
    inside = np.asarray(made).astype(int)
    clipped = (inside == 0) | (inside == 255)
    luma = inside @ np.array([0.299, 0.587, 0.114])
    off = np.abs(luma - np.asarray(picture))[~clipped.any(2)]
    assert off.max() <= 1.5


def test_strength_blends_source_and_translation(studio):
    whole, half, none = (studio.translate("pairs", photo(), strength=s) for s in (1, 0.5, 0))
    assert np.array_equal(np.asarray(none.image), np.asarray(photo()))
    between = (np.asarray(whole.image, float) + np.asarray(photo(), float)) / 2
    assert np.abs(np.asarray(half.image) - between).max() <= 1


def test_both_directions_differ_and_only_cyclic_models_have_two(studio):
    forth, back = (studio.translate("cycle", photo(), direction=d) for d in ("forward", "backward"))
    assert not np.array_equal(forth.image, back.image)
    with pytest.raises(ValueError, match=mentions("pairs forward")):
        studio.translate("pairs", photo(), direction="backward")


def drawing(width: int) -> Image.Image:
    canvas = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(canvas).line((30, 40, 220, 200), fill="black", width=width)
    return canvas


def test_a_drawing_is_told_from_a_photo_and_the_pen_does_not_matter(studio):
    thin, thick = (drawing_field(np.asarray(drawing(w).convert("L")), 16) for w in (8, 24))
    assert (thin - thick).abs().mean() < 0.15
    drawn = studio.translate("lines", drawing(8))
    assert drawn.notes == []
    from_photo = studio.translate("lines", photo())
    assert len(from_photo.notes) == 2


def test_an_empty_canvas_asks_for_a_stroke(studio):
    with pytest.raises(ValueError, match="Draw something first"):
        studio.translate("lines", Image.new("RGB", (64, 64), "white"))


@pytest.mark.parametrize("level", [0, 120, 255])
def test_a_photo_without_lines_is_refused(studio, level):
    flat = Image.new("RGB", (64, 64), (level, level, level))
    with pytest.raises(ValueError, match="lines"):
        studio.translate("lines", flat, input="photo")
    with pytest.raises(ValueError, match="lines"):
        studio.line_drawing("lines", flat)


@pytest.mark.parametrize("given", [None, "photo.jpg", 3, np.zeros((20, 20, 3), np.uint8)])
def test_what_is_no_picture_is_refused_by_its_kind(studio, given):
    with pytest.raises(ValueError, match=mentions(f"PIL {type(given).__name__}")):
        studio.translate("pairs", given)


@pytest.mark.parametrize("size", [(5000, 1), (7, 7), (2000, 30)])
def test_strips_and_specks_are_refused_with_their_size(studio, size):
    with pytest.raises(ValueError, match=mentions(f"{size[0]}×{size[1]}")):
        studio.translate("pairs", Image.new("RGB", size))


@pytest.mark.parametrize(
    ("field", "value"),
    [("strength", 1.5), ("strength", "x"), ("direction", "up"), ("size", 5), ("size", 10**6),
     ("input", "video"), ("model", ""), ("model", 3)],
)  # fmt: skip
def test_a_wrong_value_is_named(field, value):
    with pytest.raises(ValueError, match=str(value) if field != "model" else "name"):
        TranslationRecipe(**{"model": "m", field: value})


def test_a_recipe_goes_through_text_and_address(studio):
    recipe = TranslationRecipe(model="cycle", strength=0.25, direction="backward", size=64)
    assert TranslationRecipe.from_json(recipe.to_json()) == recipe
    assert TranslationRecipe.from_query(recipe.to_query()) == recipe
    assert TranslationRecipe.from_query("m=dcgan-mnist") is None
    for text in ("", "{}", "[]", '{"model": 3}', "nonsense"):
        with pytest.raises(ValueError, match="model"):
            TranslationRecipe.from_json(text)


def test_a_saved_png_holds_the_recipe_and_a_second_translation_is_the_same(studio, tmp_path):
    found = studio.translate("colour", photo(), strength=0.5)
    found.save(tmp_path / "out.png")
    text = image_files.metadata(tmp_path / "out.png", TranslationRecipe.png_key)
    assert text is not None
    recipe = TranslationRecipe.from_json(text)
    assert recipe == found.recipe
    assert len(recipe.sha256) == 64
    again = studio.translate(recipe.model, photo(), strength=recipe.strength)
    assert np.array_equal(again.image, found.image)


def test_the_command_translates_and_refuses(studio, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("gan_studio.cli.translate.Studio", lambda: studio)
    photo().save(tmp_path / "in.png")
    out, trip = tmp_path / "out.png", tmp_path / "trip.png"
    words = [str(tmp_path / "in.png"), "--output", str(out)]
    main(["translate", "cycle", *words, "--round-trip", str(trip), "--strength", "0.5"])
    assert image_files.load(out).size == image_files.load(trip).size == (40, 30)
    for wrong in (["pairs", *words, "--round-trip", str(trip)], ["latent", *words],
                  ["pairs", str(tmp_path / "none.png"), "--output", str(out)]):  # fmt: skip
        with pytest.raises(SystemExit):
            main(["translate", *wrong])
        assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_model_in_any_folder_is_taken_by_the_command(studio, tmp_path, monkeypatch):
    monkeypatch.setattr("gan_studio.cli.translate.Studio", lambda: Studio(tmp_path / "none", "cpu"))
    photo().save(tmp_path / "in.png")
    out = tmp_path / "out.png"
    folder = str(studio.library.directory("pairs"))
    main(["translate", folder, str(tmp_path / "in.png"), "--output", str(out)])
    assert image_files.load(out) == studio.translate("pairs", photo()).image


def test_memory_stays_flat_over_a_hundred_translations(studio):
    import psutil

    process = psutil.Process()
    picture = photo(128, 128)
    for _ in range(20):
        studio.translate("pairs", picture)
    before = process.memory_info().rss
    for _ in range(100):
        studio.translate("pairs", picture)
    assert process.memory_info().rss - before < 30e6
