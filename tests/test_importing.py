"""Other people's generators: recognised by content, imported, drawn as published."""

import argparse
import dataclasses
import json
from pathlib import Path

import numpy as np
import published_files as files
import published_pickles as pickles
import pytest
import torch
from mentions import mentions
from torch.testing import assert_close

from gan_studio.images.edits import Edits
from gan_studio.images.recipe import Recipe, mixture
from gan_studio.models.importing import import_model
from gan_studio.studio import Studio

KINDS = {
    "stylegan2": lambda: pickles.nvidia(pickles.stylegan2()),
    "stylegan2-labelled": lambda: pickles.nvidia(pickles.stylegan2(classes=3)),
    "stylegan2-grey": lambda: pickles.nvidia(pickles.stylegan2(channels=1)),
    "stylegan3-t": lambda: pickles.nvidia(pickles.stylegan3_generator()),
    "stylegan3-r": lambda: pickles.nvidia(pickles.stylegan3_generator(radial=True, classes=2)),
    "rosinality": lambda: files.saved({"g_ema": files.rosinality(), "args": argparse.Namespace()}),
    "rosinality-legacy": lambda: files.saved({"g_ema": files.rosinality()}, legacy=True),
    "lucidrains": lambda: files.saved(files.lucidrains()),
    "dcgan": lambda: files.saved(files.pytorch_dcgan()),
    "dcgan-grey": lambda: files.saved(files.pytorch_dcgan(7, 6, 1, 2), legacy=True),
}
FAMILIES = {
    "stylegan2": "stylegan2-ada",
    "rosinality": "stylegan2-ada",
    "lucidrains": "stylegan2-pytorch",
    "stylegan3": "stylegan3",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("imported")
    for name, content in KINDS.items():
        file = files.write(tmp_path_factory.mktemp("files"), f"{name}.file", content())
        import_model(file, folder / name)
    return folder


@pytest.fixture(scope="module")
def studio(root: Path) -> Studio:
    return Studio(root, "cpu")


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def pixels(studio: Studio, **recipe: object) -> np.ndarray:
    return np.asarray(studio.generate(Recipe(**recipe)).image, int)  # pyright: ignore[reportArgumentType]


def as_ints(studio: Studio, recipe: Recipe) -> np.ndarray:
    return np.asarray(studio.generate(recipe).image, int)


def test_it_is_recognised_by_content_and_becomes_a_model(studio, kind):
    entry = studio.model_info(kind)
    assert entry.family == FAMILIES.get(kind.partition("-")[0], "dcgan")
    assert studio.library.manifest(kind).channels == (1 if "grey" in kind else 3)
    assert entry.classes == {"stylegan2-labelled": 3, "stylegan3-r": 2}.get(kind, 0)
    assert not entry.discriminator
    image = studio.generate(Recipe(model=kind, seed=85)).image
    assert image.size == (entry.image_size, entry.image_size)
    assert len(np.unique(np.asarray(image))) > 20


def test_the_same_pixels_after_another_loading(root, studio, kind):
    again = Studio(root, "cpu")
    one, other = (pixels(each, model=kind, seed=7, psi=0.7) for each in (studio, again))
    assert (one == other).all()


def test_config_json_says_where_it_came_from(root, kind):
    plain = json.loads((root / kind / "config.json").read_text())
    assert plain["source"]["file"] == f"{kind}.file"
    assert len(plain["source"]["sha256"]) == 64
    assert plain["source"]["sha256"] in (root / kind / "README.md").read_text()


def test_nothing_of_the_file_was_run(root, kind):
    assert not Path("executed").exists()
    assert sorted(path.name for path in (root / kind).iterdir()) == [
        "README.md", "config.json", "model.safetensors",
    ]  # fmt: skip


def test_it_has_no_discriminator_and_says_so(studio, kind):
    with pytest.raises(ValueError, match=mentions("discriminator")):
        studio.discriminator_output(Recipe(model=kind))


def test_sliders_and_walks_work_at_once(studio, kind):
    recipe = Recipe(model=kind, seed=3)
    moved = dataclasses.replace(recipe, directions={1: 2.0})
    assert (pixels(studio, model=kind, seed=3) != as_ints(studio, moved)).any()
    assert len(studio.loop(recipe, 2, 4)) == 4
    assert len(studio.vary(recipe, 0.5, 2)) == 2
    half = mixture([recipe, dataclasses.replace(recipe, seed=4)], [0.5, 0.5])
    assert studio.generate(half).image.size == studio.generate(recipe).image.size


STYLED = ["stylegan2", "stylegan2-labelled", "stylegan3-t", "rosinality", "lucidrains"]


@pytest.mark.parametrize("name", STYLED)
def test_both_bases_of_directions_and_style_mixing_work(studio, name):
    own = pixels(studio, model=name, seed=3)
    for basis in ("pca", "sefa"):
        edits = Edits(basis=basis, ranges={"1": "coarse"})
        assert (pixels(studio, model=name, seed=3, directions={1: 3.0}, edits=edits) != own).any()
    assert (pixels(studio, model=name, seed=3, edits=Edits(styles={3: 9})) != own).any()
    assert studio.layers(name) >= 3


@pytest.mark.parametrize("name", ["stylegan2", "stylegan3-t", "rosinality"])
def test_a_seed_is_that_of_numpy(studio, name):
    model = studio.library.get(name)
    for seed in (0, 85, 2**32 - 1):
        z = np.random.RandomState(seed).randn(1, model.gan.config.latent_dim)
        found = model.gan.latents_of_seed(seed, 1)
        assert_close(found, torch.from_numpy(z).float())
        styles = model.gan.generator.mapping(found)
        assert_close(model.seed_latent(seed, {}, torch.zeros(1, 0)), styles)


def test_a_count_draws_the_following_seeds(studio):
    three = studio.sample("stylegan2", 3, 85, 0.7)
    for i, picture in enumerate(three):
        alone = pixels(studio, model="stylegan2", seed=85 + i, psi=0.7)
        assert abs(alone - picture.astype(int)).max() <= 1


def test_truncation_leads_to_the_mean_style_of_the_file(studio):
    a, b = (pixels(studio, model="stylegan2", seed=seed, psi=0) for seed in (1, 2))
    assert (a == b).all()
    mean = studio.library.get("stylegan2").gan.generator.w_avg
    wanted = pickles.stylegan2().state["_modules"]["mapping"].state["_buffers"]["w_avg"]
    assert_close(mean, wanted)


def test_labels_change_the_picture_and_default_to_the_seed(studio):
    by_label = [pixels(studio, model="stylegan2-labelled", seed=4, label=i) for i in range(3)]
    assert (by_label[0] != by_label[1]).any()
    assert (pixels(studio, model="stylegan2-labelled", seed=4) == by_label[4 % 3]).all()
    with pytest.raises(ValueError, match=mentions("0 2 3")):
        pixels(studio, model="stylegan2-labelled", label=3)


def test_a_label_of_a_mix_is_that_of_its_parts(studio):
    recipes = [Recipe(model="stylegan2-labelled", seed=s) for s in (1, 2)]
    mixed = dataclasses.replace(mixture(recipes, [0.5, 0.5]), label=2)
    labelled = mixture([dataclasses.replace(r, label=2) for r in recipes], [0.5, 0.5])
    one, other = (np.asarray(studio.generate(r).image, int) for r in (mixed, labelled))
    assert abs(one - other).max() <= 1


def test_rotation_by_a_quarter_and_back_is_the_same_picture(studio):
    own = pixels(studio, model="stylegan3-t", seed=1)
    turned = pixels(studio, model="stylegan3-t", seed=1, edits=Edits(rotation=90))
    assert (turned != own).any()
    whole = pixels(studio, model="stylegan3-t", seed=1, edits=Edits(rotation=180))
    other = pixels(studio, model="stylegan3-t", seed=1, edits=Edits(rotation=-180))
    assert abs(whole - other).max() <= 1


def test_a_transform_is_kept_in_a_recipe_and_its_address(studio):
    recipe = Recipe(model="stylegan3-t", edits=Edits(rotation=30, shift_x=0.25, shift_y=-0.5))
    assert Recipe.from_query(recipe.to_query(), "") == recipe
    assert Recipe.from_json(recipe.to_json()) == recipe
    with pytest.raises(ValueError, match=mentions("-180 180 181")):
        Edits(rotation=181)


def test_a_recipe_holds_the_sha256_of_the_file_and_is_of_no_other(root, studio):
    digest = json.loads((root / "stylegan2" / "config.json").read_text())["source"]["sha256"]
    signed = studio.generate(Recipe(model="stylegan2", seed=3)).recipe
    assert signed == Recipe(model="stylegan2", seed=3, sha256=digest)
    assert Recipe.from_query(signed.to_query(), "") == signed
    assert (
        np.asarray(studio.generate(signed).image) == pixels(studio, model="stylegan2", seed=3)
    ).all()
    other = dataclasses.replace(signed, sha256="0" * 64)
    with pytest.raises(ValueError, match=mentions("SHA-256")):
        studio.generate(other)
    with pytest.raises(ValueError, match=mentions("sha256 64 xyz")):
        Recipe(model="stylegan2", sha256="xyz")


def test_other_generators_cannot_be_rotated(studio):
    with pytest.raises(ValueError, match=mentions("StyleGAN3")):
        pixels(studio, model="stylegan2", edits=Edits(rotation=30))


def test_a_preview_is_the_whole_picture_where_there_is_time(studio):
    recipe = Recipe(model="stylegan2", seed=2)
    whole = studio.preview(recipe, 60)
    assert whole.complete
    assert (np.asarray(whole.image) == np.asarray(studio.generate(recipe).image)).all()


def test_known_generators_have_addresses_and_terms(studio):
    known = studio.generators()
    assert len({entry.address for entry in known}) == len(known) > 15
    for entry in known:
        assert entry.address.startswith("https://")
        assert entry.terms


def test_projection_finds_a_picture_in_an_imported_generator(studio):
    from gan_studio.studio import ProjectionConfig

    picture = studio.generate(Recipe(model="stylegan2", seed=5)).image.resize((64, 64))
    config = ProjectionConfig(candidates=4, starts=1, steps=2, layer_steps=2)
    *_, last = studio.project("stylegan2", picture, config)
    assert last.image.size == (16, 16)


def run(*words: str) -> None:
    from gan_studio.cli.main import main

    main(words)


def test_the_command_line_imports_and_draws_the_seeds_that_follow(tmp_path, capsys):
    file = files.write(tmp_path, "cats.pkl", pickles.nvidia(pickles.stylegan2()))
    run("import", str(file), "--output", str(tmp_path / "cats"))
    assert str(tmp_path / "cats") in capsys.readouterr().out
    output = tmp_path / "cats.npz"
    run("sample", str(tmp_path / "cats"), "--seed", "85", "--count", "3", "--output", str(output))
    pictures = np.load(output)["arr_0"]
    model = Studio(tmp_path, "cpu")
    for seed, picture in zip((85, 86, 87), pictures, strict=True):
        assert abs(pixels(model, model="cats", seed=seed) - picture.astype(int)).max() <= 1


def test_a_file_that_is_none_ends_the_command_with_one_sentence(tmp_path, capsys):
    file = files.write(tmp_path, "x.pkl", b"hello")
    with pytest.raises(SystemExit) as ended:
        run("import", str(file), "--output", str(tmp_path / "out"))
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_on_the_hub_is_imported(hub_server, tmp_path):
    hub_server.add("user/cats", {"nets/cats.pkl": pickles.nvidia(pickles.stylegan2())})
    studio = Studio(tmp_path, "cpu")
    list(studio.import_model("user/cats/nets/cats.pkl", tmp_path / "cats"))
    manifest = studio.library.manifest("cats")
    assert manifest.source["address"] == "user/cats/nets/cats.pkl"
    with pytest.raises(ValueError, match=mentions("user/cats other.pkl")):
        list(studio.import_model("user/cats/other.pkl", tmp_path / "other"))


BFLOAT16 = ["stylegan2", "stylegan2-labelled", "stylegan3-t", "stylegan3-r", "lucidrains"]


def in_bfloat16(studio: Studio, name: str, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """A picture in float32 on the CPU, and the same under autocast on a device."""
    model = studio.library.get(name)
    points = model.point(Recipe(model=name, seed=3, psi=0.7))
    generator = model.gan.generator
    with torch.no_grad():
        own = model.space.synthesize(points)
        generator.to(device)
        try:
            with torch.autocast(device, torch.bfloat16):
                other = model.space.synthesize(points.to(device))
        finally:
            generator.to("cpu")
    return own, other.float().cpu()


@pytest.mark.parametrize("name", BFLOAT16)
def test_bfloat16_draws_nearly_the_same(studio, name):
    own, other = in_bfloat16(studio, name, "cpu")
    assert other.isfinite().all()
    error = (own.clamp(-1, 1) - other.clamp(-1, 1)).abs()
    assert error.mean() < 0.02
    assert 0 < error.max() < 0.25


@pytest.mark.gpu
@pytest.mark.parametrize("name", BFLOAT16)
def test_a_gpu_draws_nearly_the_same_in_bfloat16(studio, name):
    own, other = in_bfloat16(studio, name, "cuda")
    assert (own.clamp(-1, 1) - other.clamp(-1, 1)).abs().mean() < 0.02
