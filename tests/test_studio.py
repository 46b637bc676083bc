"""`Studio`: the same recipe gives the same picture; models are known by name alone."""

import dataclasses

import numpy as np
import pytest
import torch
import toys
from mentions import mentions
from PIL import Image
from toys import alike

from gan_studio.core.validation import MAX_SEED
from gan_studio.gans.families import FAMILIES
from gan_studio.images import convert
from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.studio.request import TrainingRequest
from gan_studio.studio.studio import DIRECTIONS, STRIP, Studio


@pytest.fixture
def recipe(family) -> Recipe:
    return Recipe(model=f"{family}-digits", seed=3, psi=0.9, directions={2: 1.5})


def a_label(family: str) -> int | None:
    return 3 if family == "cgan" else None


def same(one: Image.Image, other: Image.Image) -> bool:
    return np.array_equal(np.asarray(one), np.asarray(other))


def test_the_same_recipe_gives_the_same_pixels_in_another_studio(models, studio, recipe):
    first, second = (s.generate(recipe).image for s in (studio, Studio(models, "cpu")))
    assert same(first, second)
    assert not same(first, studio.generate(dataclasses.replace(recipe, seed=4)).image)


def test_a_picture_carries_its_recipe_through_a_file(studio, recipe, tmp_path):
    studio.generate(recipe).save(tmp_path / "a.png")
    assert image_files.read_recipe(tmp_path / "a.png") == recipe
    assert same(Image.open(tmp_path / "a.png"), studio.generate(recipe).image)


def test_psi_of_zero_gives_every_seed_the_average_picture(studio, family):
    still = {"model": f"{family}-digits", "psi": 0, "label": a_label(family)}
    pictures = [studio.generate(Recipe(seed=s, **still)).image for s in (0, 1, MAX_SEED)]
    assert alike(pictures[0], pictures[1])
    assert alike(pictures[0], pictures[2])


def test_a_direction_and_a_coordinate_move_the_picture(studio, recipe):
    still = studio.generate(recipe).image
    for moved in ({"directions": {1: 3.0}}, {"coordinates": {1: 4.0}}):
        assert not same(still, studio.generate(dataclasses.replace(recipe, **moved)).image)


def test_coordinates_of_older_pictures_are_what_the_recipe_sets_them_to(studio, recipe):
    model = studio.library.get(recipe.model)
    if model.space.has_layers:
        pytest.skip("z becomes styles, see test_spaces")
    fixed = dataclasses.replace(recipe, coordinates={1: 0.5, 12: -2.0})
    z, free = (model.latent(r)[0].tolist() for r in (fixed, recipe))
    assert len(z) == 12
    assert (z[0], z[11]) == (0.5, -2.0)
    assert z[1:11] == free[1:11]


def test_a_direction_in_z_moves_by_one_sigma(studio, family):
    base = Recipe(model=f"{family}-digits", seed=3)
    model = studio.library.get(base.model)
    if model.space.has_layers:
        pytest.skip("its directions are as long as its styles deviate")
    a, b = (model.latent(r) for r in (base, dataclasses.replace(base, directions={1: 1})))
    assert (b - a).norm().item() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(("field", "index"), [("directions", 11), ("coordinates", 13)])
def test_a_move_along_what_there_is_not_is_refused(studio, recipe, field, index):
    with pytest.raises(ValueError, match=mentions(f"{index - 1} {field} {index}")):
        studio.generate(dataclasses.replace(recipe, **{field: {index: 1.0}}))


def test_the_middle_of_a_strip_is_the_picture_with_that_slider_at_zero(studio, recipe):
    strips = studio.slider_previews(recipe)
    assert [len(strip) for strip in strips] == [len(STRIP)] * DIRECTIONS
    middle = STRIP.index(0.0)
    for i, strip in enumerate(strips, 1):
        moves = {**recipe.directions, i: 0.0}
        still = studio.generate(dataclasses.replace(recipe, directions=moves))
        assert alike(strip[middle].image, still.image)


def test_the_ends_of_a_strip_are_the_pictures_of_its_positions(studio, recipe):
    strip = studio.slider_previews(recipe)[0]
    for picture, sigma in zip(strip, STRIP, strict=True):
        moves = {**recipe.directions, 1: sigma}
        alone = studio.generate(dataclasses.replace(recipe, directions=moves))
        assert alike(picture.image, alone.image)


def test_a_walk_keeps_the_seed_and_stays_where_sliders_are(studio, recipe):
    for _ in range(50):
        recipe = studio.random_walk_step(recipe)
    assert recipe.seed == 3
    assert all(abs(sigma) <= 3 for sigma in recipe.directions.values())
    assert recipe.directions


def test_a_loop_begins_with_the_recipes_own_picture(studio, recipe):
    frames = studio.loop(recipe, keyframes=3, frames=12)
    assert len(frames) == 12
    assert alike(frames[0], studio.generate(recipe).image)
    following = dataclasses.replace(recipe, seed=recipe.seed + 1)
    assert alike(frames[4], studio.generate(following).image)


def test_a_loop_from_the_last_seed_goes_on_with_the_first(studio, recipe):
    assert len(studio.loop(dataclasses.replace(recipe, seed=MAX_SEED), 2, 4)) == 4


def test_interpolation_passes_the_pictures_of_its_seeds(studio, models, family):
    frames = studio.interpolate(f"{family}-digits", [5, 9], 6)
    by_path = studio.interpolate(str(models / f"{family}-digits"), [5, 9], 6)
    for i, seed in ((0, 5), (3, 9)):
        assert alike(frames[i], studio.generate(Recipe(model=f"{family}-digits", seed=seed)).image)
    assert all(same(a, b) for a, b in zip(frames, by_path, strict=True))


def test_samples_are_those_of_the_seed_however_many(studio, family):
    many, few = (studio.sample(f"{family}-digits", n, seed=2) for n in (300, 3))
    assert many.shape == (300, 16, 16, 1)
    assert many.dtype == np.uint8
    assert np.abs(many[:3].astype(int) - few).max() <= 1  # summed in another order


def test_samples_at_psi_zero_are_all_the_same(studio, family):
    pictures = studio.sample(f"{family}-digits", 4, psi=0, label=a_label(family))
    assert np.abs(pictures.astype(int) - pictures[0]).max() <= 1


def test_a_label_is_drawn_whatever_the_seed_and_without_one_each_class_in_turn(studio):
    def drawn(**changes):
        return studio.generate(Recipe(model="cgan-digits", **{"seed": 23, **changes})).image

    assert same(drawn(), drawn(label=3))  # 23 % 10
    assert alike(drawn(seed=1, label=3, psi=0), drawn(seed=4, label=3, psi=0))
    assert not same(drawn(label=3), drawn(label=4))
    in_turn, threes = (studio.sample("cgan-digits", 14, seed=2, label=y) for y in (None, 3))
    equal = np.abs(in_turn.astype(int) - threes).max((1, 2, 3)) <= 1
    assert np.flatnonzero(equal).tolist() == [3, 13]


def test_a_loop_keeps_its_label(studio):
    recipe = Recipe(model="cgan-digits", seed=8, label=5)
    frames = studio.loop(recipe, keyframes=2, frames=4)
    by_seeds = studio.interpolate("cgan-digits", [8, 9], 4, label=5)
    assert all(same(a, b) for a, b in zip(frames, by_seeds, strict=True))
    assert alike(frames[2], studio.generate(dataclasses.replace(recipe, seed=9)).image)
    point = studio.library.get("cgan-digits").point(recipe)[0, 12:]
    assert point.tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0]


@pytest.mark.parametrize("label", [10, 999])
def test_a_label_out_of_range_is_refused(studio, label):
    with pytest.raises(ValueError, match=mentions(f"label 0 9 {label}")):
        studio.generate(Recipe(model="cgan-digits", label=label))
    with pytest.raises(ValueError, match=mentions("label 0 9")):
        studio.sample("cgan-digits", 2, label=label)


def test_a_label_for_an_unconditional_model_is_refused(studio, family):
    if family == "cgan":
        return
    named = mentions(f"{family}-digits label")
    with pytest.raises(ValueError, match=named):
        studio.generate(Recipe(model=f"{family}-digits", label=0))
    with pytest.raises(ValueError, match=named):
        studio.sample(f"{family}-digits", 2, label=0)


def test_a_conditional_family_needs_labels(studio, tmp_path):
    (tmp_path / "pictures").mkdir()
    for name, grey in (("a", 0), ("b", 99)):
        Image.new("L", (16, 16), grey).save(tmp_path / f"pictures/{name}.png")
    request = TrainingRequest(
        family="cgan",
        dataset=str(tmp_path / "pictures"),
        config=toys.config("cgan"),
        output=tmp_path / "run",
    )
    with pytest.raises(ValueError, match=mentions("cgan labels pictures")):
        studio.train(request)


def test_an_opinion_is_of_the_recipes_picture_and_stays_the_same(studio, recipe, models):
    told = studio.discriminator_output(recipe)
    assert (
        told
        == studio.discriminator_output(recipe)
        == Studio(models, "cpu").discriminator_output(recipe)
    )
    assert told.value != studio.discriminator_output(dataclasses.replace(recipe, seed=4)).value


def test_an_opinion_is_compared_with_those_of_the_models_own_samples(studio, family):
    model = studio.library.get(f"{family}-digits")
    samples = torch.from_numpy(studio.sample(f"{family}-digits", 64)).permute(0, 3, 1, 2)
    batch = {"image": convert.from_uint8(samples), "label": torch.arange(64) % 10}
    wanted = model.gan.discriminate(batch).values.mean().item()
    typical = studio.discriminator_output(Recipe(model=f"{family}-digits")).typical
    assert typical == pytest.approx(wanted, rel=0.02, abs=0.02)  # rounded to 256 shades


def test_only_an_auto_encoder_shows_what_it_rebuilds(studio, recipe):
    assert studio.discriminator_output(recipe).reconstruction is None


@pytest.mark.parametrize("family", ["ebgan", "began"])
def test_an_auto_encoder_shows_what_it_rebuilds(studio, recipe, family):
    rebuilt = studio.discriminator_output(recipe).reconstruction
    shades = [np.asarray(p, float) / 127.5 for p in (studio.generate(recipe).image, rebuilt)]
    error = np.square(shades[0] - shades[1]).mean()
    assert error == pytest.approx(studio.discriminator_output(recipe).value, rel=0.05)


def test_an_opinion_is_of_the_picture_under_its_label(studio):
    one, other = (studio.discriminator_output(Recipe(model="cgan-digits", label=y)) for y in (3, 4))
    assert one.value != other.value
    in_turn = studio.discriminator_output(Recipe(model="cgan-digits", seed=13))
    assert in_turn == studio.discriminator_output(Recipe(model="cgan-digits", seed=13, label=3))


BAD = [{"count": 0}, {"count": 10**9}, {"seed": -1}, {"seed": 0.5}, {"psi": float("nan")}]


@pytest.mark.parametrize("arguments", BAD, ids=str)
def test_samples_of_senseless_numbers_are_refused(studio, arguments):
    with pytest.raises(ValueError, match=mentions(f"{next(iter(arguments))}")):
        studio.sample("gan-digits", **{"count": 4, **arguments})


@pytest.mark.parametrize("frames", [0, 1, 601, 2.5, "x"])
def test_loops_of_senseless_lengths_are_refused(studio, recipe, frames):
    with pytest.raises(ValueError, match=mentions(f"frames {frames}")):
        studio.loop(recipe, frames=frames)


def test_a_loop_needs_two_seeds(studio):
    with pytest.raises(ValueError, match=mentions("keyframes")):
        studio.interpolate("gan-digits", [1], 10)


PATHS = [
    "../x",
    "/etc",
    ".",
    "..",
    "",
    "gan-digits/",
    "gan-digits/../gan-digits",
    "C:\\Windows",
    "x",
]


@pytest.mark.parametrize("name", PATHS)
def test_the_page_reaches_models_by_name_alone(studio, models, name):
    known = " ".join(sorted(f"{family}-digits" for family in FAMILIES))
    with pytest.raises(ValueError, match=mentions(known)):
        studio.generate(Recipe(model=name))
    with pytest.raises(ValueError, match=mentions(known)):
        studio.generate(Recipe(model=str(models / "gan-digits")))


def test_an_empty_root_has_no_models(tmp_path):
    studio = Studio(tmp_path / "none", "cpu")
    assert studio.models() == []
    with pytest.raises(ValueError, match=mentions("a")):
        studio.generate(Recipe(model="a"))


def test_the_table_of_models_tells_what_they_are(studio):
    entries = [studio.model_info(name) for name in studio.models()]
    assert [entry.name for entry in entries] == sorted(f"{name}-digits" for name in FAMILIES)
    for entry in entries:
        assert entry.name == f"{entry.family}-{entry.dataset}"
        assert (entry.image_size, entry.latent_dim) == (16, 12)
        assert entry.classes == (10 if entry.family in ("cgan", "gan-cls") else 0)
        assert entry.parameters > 0
        assert "https://" in entry.paper


def test_a_device_has_a_name(studio):
    assert studio.device_name.startswith("CPU")


@pytest.mark.gpu
def test_a_gpu_draws_what_the_cpu_draws(models, studio, recipe):
    both = studio, Studio(models, "cuda")
    here, there = (np.asarray(s.generate(recipe).image, int) for s in both)
    assert np.abs(here - there).max() <= 1


SENSELESS = {
    "a step beyond 1": (lambda s: s.random_walk_step(Recipe(model="gan-digits"), 5), "step 0 1 5"),
    "a step that is text": (lambda s: s.random_walk_step(Recipe(model="x"), "x"), "step 0 1 x"),
    "a loop of nothing": (lambda s: s.interpolate("gan-digits", [], 10), "seeds 0"),
    "a name for names": (lambda s: list(s.evaluate("gan-digits")), "models gan-digits"),
    "an unknown device": (lambda _: Studio(device="nope"), "device nope"),
    "a device that is not here": (lambda _: Studio(device="cuda:99"), "device cuda:99"),
}


@pytest.mark.parametrize("what", SENSELESS)
def test_senseless_values_are_refused_with_a_sentence(studio, what):
    call, named = SENSELESS[what]
    with pytest.raises(ValueError, match=mentions(named)):
        call(studio)


def test_a_folder_of_models_may_be_named_by_text(models):
    assert Studio(str(models), "cpu").models() == Studio(models, "cpu").models()
