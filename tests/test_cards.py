"""Model cards say what really ran."""

from __future__ import annotations

import dataclasses
import shutil

import numpy as np
import pytest
import yaml
from huggingface_hub import ModelCardData
from PIL import Image

from gan_studio.core.files import SHIPPED
from gan_studio.gans import checkpoint
from gan_studio.images import plot
from gan_studio.images.recipe import Recipe
from gan_studio.models import card as cards
from gan_studio.models.card_command import command, format_flag
from gan_studio.models.card_metadata import front_matter
from gan_studio.studio.studio import Studio


def test_a_run_writes_a_card_whose_command_trains_it_again(models):
    directory = models / "dcgan-digits"
    card = (directory / checkpoint.CARD).read_text("utf-8")
    manifest = checkpoint.load_manifest(directory)
    assert command(manifest) in card
    wanted = "train dcgan --dataset digits --output runs/dcgan-digits --steps 20 --image-size 16"
    assert wanted in card
    assert "--width 8" in card
    assert "--learning-rate" not in card  # a default
    assert "20 steps of 16 pictures" in card


def test_the_front_matter_is_yaml_that_the_hub_reads(models):
    _, front, _ = (models / "gan-digits" / checkpoint.CARD).read_text("utf-8").split("---\n", 2)
    assert yaml.safe_load(front)["pipeline_tag"] == "unconditional-image-generation"


def test_a_measurement_stands_with_what_it_was_measured_on(models):
    manifest = checkpoint.load_manifest(models / "gan-digits")
    assert "Measured" not in cards.render(manifest)
    said = {"fid": 3.2, "count": 500, "dataset": "digits", "features": "digits-32", "seconds": 9}
    card = cards.render(dataclasses.replace(manifest, metrics=said))
    against = "500 samples against the test set of digits in digits-32"
    assert f"**Measured**: FID 3.2; {against}, during the training\n" in card
    said |= {"seed": 7, "label_accuracy": 0.9, "real_vs_real": {"fid": 0.7, "count": 400}}
    card = cards.render(dataclasses.replace(manifest, metrics=said))
    assert f"FID 3.2 (0.7), label accuracy 0.9; {against} features, in brackets 400 real" in card
    assert "evaluate DIRECTORY --dataset digits --count 500 --seed 7" in card


def test_a_model_of_faces_names_its_terms_and_says_whom_it_draws(models):
    manifest = checkpoint.load_manifest(models / "gan-digits")
    card = cards.render(dataclasses.replace(manifest, dataset="celeba"))
    told = yaml.safe_load(card.split("---\n", 2)[1])
    assert (told["license"], told["license_name"]) == ("other", "non-commercial-research")
    assert "for non-commercial research only" in card
    assert "not of real people but echo the data's biases" in card
    assert "not of real people" not in cards.render(manifest)


def test_what_learned_on_from_faces_inherits_their_terms(models):
    manifest = checkpoint.load_manifest(models / "gan-digits")
    told = {**manifest.training, "ancestry": ["celeba"]}
    card = cards.render(dataclasses.replace(manifest, training=told))
    assert yaml.safe_load(card.split("---\n", 2)[1])["license_name"] == "non-commercial-research"
    assert "It learned on from a model of CelebA" in card
    assert "echo the data's biases" in card


def test_numbers_against_all_pictures_say_so_and_how_to_have_them_again(models):
    manifest = checkpoint.load_manifest(models / "gan-digits")
    said = {"fid": 9, "count": 500, "dataset": "celeba", "features": "vgg19-relu5_1-99bd"}
    said |= {"against": "all", "seed": 0, "real_vs_real": {"fid": 1, "count": 500}}
    card = cards.render(dataclasses.replace(manifest, metrics=said))
    assert "500 samples against all of celeba in vgg19-relu5_1-99bd features" in card
    assert "--count 500 --seed 0 --features vgg19 --against all`" in card


def test_what_ships_names_data_licences_and_results_as_the_hub_does():
    for card in SHIPPED.glob("*/README.md"):
        said = yaml.safe_load(card.read_text("utf-8").split("---\n", 2)[1])
        assert said["license"]
        assert said["library_name"] == "gan-studio"
        assert all("/" in name for name in said.get("datasets", []))  # user/repo


def test_results_become_a_model_index_that_the_hub_reads(models):
    manifest = checkpoint.load_manifest(models / "gan-digits")
    assert ModelCardData(**yaml.safe_load(front_matter(manifest))).eval_results is None
    said = {"fid": 3.2, "kid": 0.5, "count": 500, "dataset": "mnist", "features": "digits-32"}
    front = front_matter(dataclasses.replace(manifest, metrics=said), "ada/toy")
    read = ModelCardData(**yaml.safe_load(front))
    assert read.model_name == "toy"
    results = read.eval_results or []
    assert [(r.metric_type, r.metric_value) for r in results] == [("fid", 3.2), ("kid", 0.5)]
    assert {r.dataset_type for r in results} == {"ylecun/mnist"}


def test_faces_are_not_given_away_under_a_free_licence(models):
    manifest = checkpoint.load_manifest(models / "gan-digits")
    faces = yaml.safe_load(front_matter(dataclasses.replace(manifest, dataset="celeba")))
    assert (faces["license"], faces["license_name"]) == ("other", "non-commercial-research")
    own = yaml.safe_load(front_matter(dataclasses.replace(manifest, dataset="my-dog")))
    assert not {"license", "datasets"} & own.keys()


def test_a_switch_is_said_by_its_name_alone():
    assert format_flag("labelled", value=True) == "--labelled"
    assert format_flag("relative", value=False) == "--no-relative"
    assert format_flag("steps", value=1) == "--steps 1"


def test_what_changed_on_the_way_is_told(models):
    manifest = checkpoint.load_manifest(models / "gan-digits")
    assert "Changed on the way" not in cards.render(manifest)
    changes = [
        {"step": 1200, "learning_rate": 0.002, "r1_gamma": 0.1},
        {"step": 1300, "turns": "both"},
    ]
    card = cards.render(
        dataclasses.replace(manifest, training={**manifest.training, "changes": changes})
    )
    sentence = (
        "learning_rate 0.002, r1_gamma 0.1 from step 1,200 on; turns both from step 1,300 on."
    )
    assert f"- **Changed on the way**: {sentence}\n" in card


def test_a_card_shows_the_curve_of_the_distance_and_names_its_file(models, tmp_path):
    directory = tmp_path / "run"
    shutil.copytree(models / "gan-digits", directory)
    rows = [{"step": s, "distance": d} for s, d in ((10, 80.0), (20, 40.0), (30, 20.0))]
    checkpoint.save_history(directory, rows[:1])
    cards.write(directory)
    assert checkpoint.DISTANCE not in (directory / checkpoint.CARD).read_text("utf-8")
    checkpoint.save_history(directory, rows)
    cards.write(directory)
    assert f"]({checkpoint.DISTANCE})" in (directory / checkpoint.CARD).read_text("utf-8")
    assert np.asarray(Image.open(directory / checkpoint.DISTANCE)).std() > 5
    (directory / checkpoint.HISTORY).write_text("step,distance\nx,y\n")
    cards.write(directory)  # a damaged history costs nothing else


def test_a_curve_falls_from_the_upper_left_to_the_lower_right():
    drawn = np.asarray(plot.curve([0, 100], [50.0, 0.0], "step")).astype(int)
    blue = drawn[..., 2] - drawn[..., 0] > 60
    rows = [np.nonzero(blue[:, x])[0].mean() for x in (100, 340, 600)]
    top, bottom = plot.TOP, plot.SIZE[1] - plot.BOTTOM
    assert rows[0] < rows[1] < rows[2]
    assert rows[1] == pytest.approx((top + bottom) / 2, abs=6)


def test_nearest_training_pictures_are_shown_where_they_may_be_passed_on(models, tmp_path):
    shutil.copytree(models / "gan-digits", tmp_path / "root" / "gan-digits")
    studio = Studio(tmp_path / "root", "cpu")
    text = studio.write_card("gan-digits", nearest=True).read_text("utf-8")
    directory = tmp_path / "root" / "gan-digits"
    found = studio.nearest_training_images(Recipe(model="gan-digits", seed=1), 1)
    assert f"{found.distances[0]:.1f}" in text
    assert f"]({checkpoint.NEAREST})" in text
    assert (directory / checkpoint.NEAREST).is_file()
    manifest = checkpoint.load_manifest(directory)
    pictures = [checkpoint.NEAREST]
    for other in (
        dataclasses.replace(manifest, dataset="celeba"),
        dataclasses.replace(manifest, dataset="my-dog"),
        dataclasses.replace(manifest, training={**manifest.training, "ancestry": ["celeba"]}),
    ):
        card = cards.render(other, pictures=pictures)
        assert checkpoint.NEAREST not in card
        assert f"{found.distances[0]:.1f}" in card
