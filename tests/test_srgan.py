"""Super-resolution (Ledig et al., 2017): its halves, their mixtures, its losses."""

from typing import Any

import pytest
import torch
import toys
from torch.testing import assert_close

from gan_studio import vision
from gan_studio.cli import main
from gan_studio.cli.progress import progress
from gan_studio.cli.train_output import show
from gan_studio.core.events import Checkpoint, Download
from gan_studio.datasets.pairs import PairBatches, make_sources
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.families import srgan
from gan_studio.gans.families.srgan import SRGAN, perceptual_loss
from gan_studio.training import train
from gan_studio.vision import vgg19

HALVES = ("faithful", "sharp")


def trained(steps: int, start: SRGAN | None = None, **changes: Any) -> SRGAN:
    gan = toys.translation("srgan", **changes)
    assert isinstance(gan, SRGAN)
    if start:
        gan.load_state_dict(start.state_dict())
    batches, optimizers = PairBatches(toys.pairs(gan.config.source_task), 4), gan.optimizers()
    for _ in range(steps):
        gan.step(batches, optimizers)
    return gan


def weights(gan: SRGAN, half: str) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in gan.networks.halves[half].parameters()])


def test_all_halves_start_alike_and_follow_the_one_that_learns():
    gan = trained(2, sharp_after=10)
    first = weights(gan, "clean_faithful")
    assert all(torch.equal(weights(gan, key), first) for key in gan.networks.halves)


def test_a_half_that_learns_leaves_those_before_it_alone():
    faithful = trained(2, sharp_after=10)
    sharp = trained(2, faithful, sharp_after=0)
    noisy = trained(2, sharp, sharp_after=10, degradation="photo")
    assert torch.equal(weights(sharp, "clean_faithful"), weights(faithful, "clean_faithful"))
    assert not torch.equal(weights(sharp, "clean_sharp"), weights(faithful, "clean_sharp"))
    for half in ("clean_faithful", "clean_sharp"):
        assert torch.equal(weights(noisy, half), weights(sharp, half))
    assert torch.equal(weights(noisy, "noisy_faithful"), weights(noisy, "noisy_sharp"))


def test_the_sharp_half_begins_after_so_many_updates_and_a_resume_knows_them():
    gan = toys.translation("srgan", sharp_after=2)
    batches, optimizers = PairBatches(toys.pairs("small"), 4), gan.optimizers()
    said = [gan.step(batches, optimizers)["discriminator"].item() for _ in range(3)]
    assert said[:2] == [0, 0]
    assert said[2] > 0
    later = toys.translation("srgan", sharp_after=2)
    later.resume(2)
    assert later.step(batches, later.optimizers())["discriminator"] > 0


def test_the_ends_of_a_mixture_are_the_networks_and_the_middle_lies_between():
    gan = trained(2, trained(1, sharp_after=10), sharp_after=0)
    x = torch.rand(1, 3, 8, 8)
    with torch.no_grad():
        for sharpness, half in ((0.0, "clean_faithful"), (1.0, "clean_sharp")):
            assert torch.equal(gan.networks(x, sharpness), gan.networks.halves[half](x))
    middle = gan.networks.mix_weights(0.25, 0.0)["first.weight"]
    ends = [gan.networks.one_of("clean", half).state_dict()["first.weight"] for half in HALVES]
    assert_close(middle, 0.75 * ends[0] + 0.25 * ends[1])


def test_the_four_shares_of_a_mixture_sum_to_one():
    gan = trained(0)
    for i, half in enumerate(gan.networks.halves.values()):
        for p in half.parameters():
            p.data.fill_(10.0**i)
    mixed = gan.networks.mix_weights(0.25, 0.5)["first.bias"]
    assert_close(mixed, torch.full_like(mixed, 0.5 * (0.75 + 2.5) + 0.5 * (75 + 250)))


def test_at_first_a_picture_is_enlarged_bilinearly():
    gan = trained(0)
    flat = torch.full((1, 3, 5, 7), 0.25)
    assert_close(gan.translate(flat), torch.full((1, 3, 20, 28), 0.25), rtol=0, atol=0.02)


@pytest.mark.parametrize(
    "name",
    [
        "embedded",
        pytest.param(
            "vgg19",
            marks=pytest.mark.skipif(
                vgg19.local_weights() is None, reason="needs VGG-19 on this machine"
            ),
        ),
    ],
)
def test_the_perceptual_loss_is_zero_for_equal_pictures_and_has_a_slope_for_others(name):
    real = torch.rand(2, 3, 32, 32) * 2 - 1
    assert perceptual_loss(real, real, name) == 0
    fake = real.flip(3).requires_grad_()
    loss = perceptual_loss(fake, real, name)
    assert 0.1 < loss < 3
    loss.backward()
    assert fake.grad is not None
    assert fake.grad.abs().max() > 0


def test_a_perceptual_network_is_downloaded_before_the_first_update(tmp_path, monkeypatch):
    gan = toys.translation("srgan", perceptual_network="vgg19", lambda_perceptual=1.0)
    parts = [Download(name="a/b", done=done, total=4) for done in (0, 4)]
    monkeypatch.setattr(vision, "fetch", {"vgg19": parts}.__getitem__)
    config, batches = toys.settings(steps=1), PairBatches(toys.pairs("small"), 4)
    manifest = Manifest(family="srgan", config=gan.config, channels=3, dataset="toy")
    events = train(gan, batches, config, tmp_path, manifest)
    assert [next(events) for _ in parts] == parts
    assert isinstance(next(events), Checkpoint)
    events.close()


def test_without_a_network_the_training_does_not_begin(tmp_path, monkeypatch, capsys):
    toys.write_pictures(tmp_path / "pictures", "a b", (64, 64))
    monkeypatch.setenv("GAN_STUDIO_MODELS", str(tmp_path / "none"))
    words = f"--dataset {tmp_path / 'pictures'} --output {tmp_path / 'run'} --steps 5"
    with pytest.raises(SystemExit, match="2"):
        main.main(["train", "srgan", *words.split(), "--perceptual-network", "vgg19"])
    (said,) = [line for line in capsys.readouterr().err.splitlines() if "VGG-19" in line]
    assert "embedded" in said


def test_a_download_is_told_beside_the_bar():
    with progress() as bar:
        task = bar.add_task("", total=5, status="")
        show(Download(name="a/b", done=1_000_000, total=4_000_000), bar, task)
        assert bar.tasks[0].fields["status"] == "downloading a/b, 25%"


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_the_sharp_loss_is_the_weighted_sum(weight):
    gan = toys.translation("srgan", lambda_perceptual=weight, lambda_l1=2.0, adversarial=0.25)
    said = gan.step(PairBatches(toys.pairs("small"), 4), gan.optimizers())
    total = 2 * said["l1"] + weight * said["perceptual"] + 0.25 * said["adversarial"]
    assert_close(said["generator"], total)
    assert (said["perceptual"] > 0) == (weight > 0)


def test_small_sources_have_a_quarter_of_the_sides_and_photographs_differ_by_the_turn():
    gan = toys.translation("srgan", degradation="photo")
    assert srgan.SCALE == gan.scale == 4
    batch = next(PairBatches(toys.pairs("photo", size=16), 4))
    assert batch["source"].shape == (4, 3, 4, 4)
    images = toys.pairs("photo", 1, 32).images
    one, two = (make_sources("photo", images, [turn], 0) for turn in (0, 1))
    assert not torch.equal(one, two)
