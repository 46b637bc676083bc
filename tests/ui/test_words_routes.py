"""The routes and endpoints of the Words tab, on toys that learnt from captions."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import toys
from conftest import served
from mentions import mentions

from gan_studio.cli.main import main
from gan_studio.gans.config import TrainingConfig
from gan_studio.images import files as image_files
from gan_studio.images.recipe import Part, Recipe
from gan_studio.studio import Studio, checkpoint, family
from gan_studio.studio.request import TrainingRequest
from gan_studio.ui.words.routes import OTHERS, PREFIX

TEXT = "a red seven, leaning left, on blue"
TOY = "words-toy"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a toy that was taught for a few steps."""
    place = tmp_path_factory.mktemp("words")
    sizes: dict[str, Any] = {"image_size": 16, "width": 4, "latent_dim": 8, "style_dim": 8}
    sizes |= {"word_dim": 8, "text_dim": 16}
    config = family("gan-cls").config(**sizes, batch_size=8)
    loop = TrainingConfig(steps=3, save_every=3, sample_every=3, log_every=1, evaluate_every=0)
    request = TrainingRequest(
        family="gan-cls",
        dataset="coloured-digits",
        config=config,
        settings=loop,
        output=place / TOY,
    )
    list(toys.told(Studio(place, "cpu").train(request)))
    return place


@pytest.fixture(scope="module")
def studio(root: Path) -> Studio:
    return Studio(root, "cpu")


@pytest.fixture(scope="module")
def words_address(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    cache = tmp_path_factory.mktemp("gradio")
    with served(Studio(root, "cpu", cache / "runs"), cache) as url:
        yield url.rstrip("/")


def test_the_command_tells_what_it_did_not_read(root: Path, tmp_path: Path, capsys):
    output = ["--output", str(tmp_path / "a.png"), "--count", "1"]
    main(["sample", str(root / TOY), "--text", "a red zebra семь", *output])
    said = capsys.readouterr().out
    assert "zebra" in said
    assert "Cyrillic" in said
    with pytest.raises(SystemExit):
        main(["sample", str(root / TOY), "--text", " ", *output])
    assert "empty" in capsys.readouterr().err


def test_a_sentence_has_a_picture_that_its_recipe_gives_again(studio: Studio):
    made = studio.from_text(TOY, TEXT, seed=5, traits={"colour: green": 0.5})
    assert made.image.size == (16, 16)
    assert made.recipe == Recipe(model=TOY, text=TEXT, seed=5, traits={"colour: green": 0.5})
    again = studio.generate(Recipe.from_query(made.recipe.to_query(), "x")).image
    assert toys.alike(again, made.image)
    other = studio.from_text(TOY, TEXT, seed=6).image
    assert not toys.alike(other, made.image)


def test_a_trait_changes_the_picture_and_an_unknown_one_is_refused(studio: Studio):
    one, other = (studio.from_text(TOY, TEXT, traits={"digit: two": v}).image for v in (-2, 2))
    assert one.tobytes() != other.tobytes()
    with pytest.raises(ValueError, match=mentions("digit: ten digit: nine")):
        studio.from_text(TOY, TEXT, traits={"digit: ten": 1})
    with pytest.raises(ValueError, match=mentions("3")):
        studio.from_text(TOY, TEXT, traits={"digit: two": 3})


def test_a_reading_says_what_is_not_known(studio: Studio):
    read = studio.read_text(TOY, "семь <b>zebra</b>")
    assert [word.read for word in read.words] == [""] * 4
    assert read.script == "Cyrillic"
    assert len(read.notes) == 1
    assert studio.read_text(TOY, "red " * 50).notes
    for text in ("", "a" * 401):
        with pytest.raises(ValueError, match=mentions("")):
            studio.read_text(TOY, text)


def test_models_without_words_refuse_a_text(studio: Studio, tmp_path: Path):
    for name in ("gan", "gan-cls"):  # the latter knows labels alone
        gan = toys.model(name)
        about: Any = {"config": gan.config, "channels": 1, "dataset": "digits"}
        manifest = checkpoint.Manifest(family=name, classes=gan.classes, **about)
        checkpoint.save_model(tmp_path / name, gan, gan.generator, manifest)
    plain = Studio(tmp_path, "cpu")
    assert plain.text_models() == []
    for name in ("gan", "gan-cls"):
        with pytest.raises(ValueError, match=mentions(name)):
            plain.generate(Recipe(model=name, text=TEXT))
    with pytest.raises(ValueError, match=mentions(TOY)):
        studio.generate(Recipe(model=TOY, label=3))


def test_variations_of_a_sentence_keep_it(studio: Studio):
    recipe = Recipe(model=TOY, seed=3, text=TEXT)
    for picture in studio.vary(recipe, 0.5, 2):
        assert all(part.recipe.text == TEXT for part in picture.recipe.mix)
    assert studio.diagram(TOY)["latent_dim"] == 8


def test_many_of_a_sentence_are_sampled_and_two_recipes_are_mixed(studio: Studio):
    assert studio.sample(TOY, 3, text=TEXT).shape == (3, 16, 16, 3)
    parts = [Recipe(model=TOY, seed=s, text=t) for s, t in ((1, TEXT), (2, "a blue one"))]
    mixed = Recipe(model=TOY, mix=tuple(Part(0.5, part) for part in parts))
    assert studio.generate(mixed).image.size == (16, 16)


def test_the_routes_list_draw_and_restore(words_address: str):
    def ask(verb: str, **asked: Any) -> Any:
        return httpx.post(f"{words_address}{PREFIX}{verb}", json=asked, timeout=60).json()

    [model] = ask("models")["models"]
    assert model["name"] == TOY
    assert "digit: seven" in model["traits"]
    asked = {"model": TOY, "text": TEXT, "seed": 3, "traits": {"slant: left": -1}}
    told = ask("draw", **asked)
    assert [word for word, _ in told["words"]] == TEXT.replace(",", "").split()
    png = base64.b64decode(told["picture"].partition(",")[2])
    recipe = image_files.read_recipe(io.BytesIO(png))
    assert (recipe.text, recipe.seed) == (TEXT, 3)
    restored = httpx.post(f"{words_address}{PREFIX}restore", content=png, timeout=60).json()
    assert restored == {"model": TOY, "text": TEXT, "seed": 3, "traits": {"slant: left": -1.0}}
    assert len(ask("others", **asked)["pictures"]) == OTHERS
    for wrong in ({"text": 7}, {"text": "a" * 10_000}, {"model": "none"}, {"traits": [1]}):
        assert "error" in ask("draw", **{**asked, **wrong})


def test_its_files_are_served_and_no_others(words_address: str):
    for name, status in (("drawing.js", 200), ("words.css", 200), ("api.py", 404)):
        assert httpx.get(f"{words_address}{PREFIX}file/{name}", timeout=60).status_code == status
