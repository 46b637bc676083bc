"""Remedies: each does what it says, to real and fake alike, and nothing while it is off."""

import pytest
import torch
import toys
from mentions import mentions
from torch.nn.functional import binary_cross_entropy_with_logits, softplus
from torch.testing import assert_close

from gan_studio.gans import checkpoint
from gan_studio.gans.base import LatentGAN
from gan_studio.gans.families import FAMILIES, vanilla
from gan_studio.gans.stabilizers import (
    AUGMENTATIONS,
    AugmentPipe,
    StabilizerConfig,
    augment,
    colour,
    cutout,
    discriminator_is_ahead,
    instance_noise,
    label_smoothing_term,
    translation,
)

REMEDIED = [
    name for name, family in FAMILIES.items() if issubclass(family.config, StabilizerConfig)
]
SMOOTHED = [name for name in REMEDIED if issubclass(FAMILIES[name].config, vanilla.Config)]
EVERYTHING = "colour+translation+cutout"


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def weights(module: torch.nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in module.parameters()])


def losses(gan: LatentGAN, steps: int = 2) -> list[dict[str, float]]:
    batches, optimizers = toys.digits(), gan.optimizers()
    said = [gan.step(batches, optimizers) for _ in range(steps)]
    return [{name: loss.item() for name, loss in each.items()} for each in said]


def veil(**changes) -> AugmentPipe:
    return AugmentPipe(StabilizerConfig(**changes))


def test_instance_noise_has_the_deviation_asked_for():
    x = torch.rand(64, 1, 32, 32)
    noise = instance_noise(x, 0.3, rng()) - x
    assert noise.mean().item() == pytest.approx(0, abs=0.01)
    assert noise.std().item() == pytest.approx(0.3, rel=0.02)
    assert torch.equal(instance_noise(x, 0.3, rng()), instance_noise(x, 0.3, rng()))


def test_instance_noise_falls_straight_to_nothing_and_stays_there():
    T = veil(instance_noise=0.4, noise_steps=4)
    seen = []
    for _ in range(6):
        seen.append(T.deviation)
        T.advance()
    assert seen == pytest.approx([0.4, 0.3, 0.2, 0.1, 0, 0])
    x = torch.rand(2, 1, 8, 8)
    assert torch.equal(T(x), x)


def test_a_veil_that_nobody_asked_for_is_no_veil():
    T, x = veil(), torch.rand(2, 1, 8, 8)
    before = torch.get_rng_state()
    assert T(x) is x
    T.advance()
    assert torch.equal(torch.get_rng_state(), before)
    assert T.state_dict() == {}


def test_colour_moves_the_mean_by_brightness_alone():
    x = torch.rand(500, 3, 4, 4) - 0.5
    shift = (colour(x, rng()) - x).mean((1, 2, 3))
    assert shift.abs().max() <= 0.5
    assert shift.mean().item() == pytest.approx(0, abs=0.05)
    assert shift.std().item() == pytest.approx(1 / 12**0.5, rel=0.1)  # of a uniform number


def test_colour_scales_saturation_by_0_to_2_and_contrast_by_a_half_to_one_and_a_half():
    x = torch.tensor([0.2, -0.2, 0.0]).view(1, 3, 1, 1).expand(500, 3, 4, 4)  # colour alone
    spread = colour(x, rng()).std((1, 2, 3)) / x.std((1, 2, 3))
    assert 2 < spread.max() <= 3 + 1e-5  # 2 x 1.5
    assert spread.min() < 0.1
    grey = torch.randn(500, 1, 4, 4)
    spread = colour(grey, rng()).std((1, 2, 3)) / grey.std((1, 2, 3))
    assert 0.5 <= spread.min() < 0.55
    assert 1.45 < spread.max() <= 1.5 + 1e-5


def test_translation_moves_by_whole_pixels_up_to_an_eighth_and_lets_zeros_in():
    x = torch.arange(1.0, 257).view(1, 1, 16, 16).repeat(300, 2, 1, 1)
    seen = set()
    for picture in translation(x, rng()):
        assert torch.equal(picture[0], picture[1])
        row, column = divmod(int(picture[0, 8, 8].item()) - 1, 16)
        dy, dx = 8 - row, 8 - column
        seen.add((dy, dx))
        expected = torch.zeros(16, 16)
        expected[max(dy, 0) : 16 + min(dy, 0), max(dx, 0) : 16 + min(dx, 0)] = x[
            0, 0, max(-dy, 0) : 16 + min(-dy, 0), max(-dx, 0) : 16 + min(-dx, 0)
        ]
        assert torch.equal(picture[0], expected)
    assert seen == {(dy, dx) for dy in range(-2, 3) for dx in range(-2, 3)}


def test_cutout_covers_half_by_half_anywhere():
    covered = cutout(torch.ones(2000, 3, 16, 16), rng()) == 0
    assert torch.equal(covered[:, 0], covered[:, 2])
    area = covered[:, 0].sum((1, 2))
    assert area.max() == 8 * 8
    assert area.min() == 4 * 4  # the centre in a corner
    assert covered.any(0).all()
    heights, widths = covered[:, 0].any(2).sum(1), covered[:, 0].any(1).sum(1)
    assert torch.equal(area, heights * widths)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_changes_draw_anew_for_each_picture_and_repeat_with_their_seed(name):
    x = torch.randn(1, 3, 16, 16).repeat(8, 1, 1, 1)
    changed = augment(x, name, rng())
    assert len(changed.flatten(1).unique(dim=0)) > 4
    assert torch.equal(changed, augment(x, name, rng()))
    assert not torch.equal(changed, augment(x, name, rng(1)))


@pytest.mark.parametrize("channels", [1, 3])
def test_augmentation_lets_the_gradient_through(channels):
    x = torch.randn(2, channels, 8, 8, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: augment(x, EVERYTHING, rng()), x)
    (slope,) = torch.autograd.grad(augment(x, EVERYTHING, rng()).square().sum(), x)
    assert (slope != 0).any(1).any(1).any(1).all()  # each picture learns


def test_real_and_fake_are_changed_alike():
    T = veil(augment=EVERYTHING, instance_noise=0.2)
    torch.manual_seed(0)
    x = torch.rand(1, 1, 16, 16).expand(8000, 1, 16, 16)
    real, fake = T(x).chunk(2)
    assert not torch.equal(real, fake)
    spread = real.std(0).mean().item()
    assert_close(real.mean(0), fake.mean(0), atol=6 * spread / 4000**0.5, rtol=0)
    assert_close(real.std(0), fake.std(0), atol=0, rtol=0.1)


def test_smoothing_is_the_cross_entropy_with_the_smoothed_target():
    scores = torch.linspace(-3, 3, 7)
    target = torch.full((7,), 0.9)
    expected = binary_cross_entropy_with_logits(scores, target)
    assert_close(softplus(-scores).mean() + label_smoothing_term(scores, 0.9), expected)
    assert label_smoothing_term(scores, 1.0) == 0


def test_d_leads_below_the_threshold_and_never_at_zero():
    assert discriminator_is_ahead(torch.tensor(0.4), 0.5)
    assert not discriminator_is_ahead(torch.tensor(0.5), 0.5)
    assert not discriminator_is_ahead(torch.tensor(0.0), 0)
    assert not discriminator_is_ahead(torch.tensor(float("nan")), 0.5)  # which `descend` reports


@pytest.fixture(params=REMEDIED)
def remedied(request: pytest.FixtureRequest) -> str:
    return request.param


def test_skipping_leaves_the_discriminator_as_it_is_and_moves_the_generator(remedied):
    gan = toys.model(remedied, skip_d_below=100.0)
    before = weights(gan.generator), weights(gan.discriminator)
    losses(gan)
    assert not torch.equal(weights(gan.generator), before[0])
    assert torch.equal(weights(gan.discriminator), before[1])


def test_a_threshold_out_of_reach_changes_nothing(remedied):
    assert losses(toys.model(remedied, skip_d_below=-99.0)) == losses(toys.model(remedied))


def test_each_player_learns_at_its_own_rate(remedied):
    for asked, expected in ((0.004, 0.004), (0.0, 0.001)):
        rates = toys.model(remedied, learning_rate=0.001, discriminator_rate=asked).optimizers()
        assert rates.generator.param_groups[0]["lr"] == 0.001
        assert rates.discriminator.param_groups[0]["lr"] == expected


CHANGED = [{"instance_noise": 0.5}, {"augment": EVERYTHING}, {"r1_gamma": 9.0}]


@pytest.mark.parametrize("remedy", CHANGED, ids=str)
def test_a_remedy_changes_the_game(remedied, remedy):
    plain, other = losses(toys.model(remedied)), losses(toys.model(remedied, **remedy))
    assert plain[1] != other[1]
    assert torch.tensor([list(each.values()) for each in other]).isfinite().all()


@pytest.mark.parametrize("smoothed", SMOOTHED)
def test_smoothing_adds_a_tenth_of_the_real_scores(smoothed):
    plain, scores = toys.model(smoothed), []
    plain.discriminator.register_forward_hook(lambda *call: scores.append(call[-1].detach()))
    (one,) = losses(plain, 1)
    (other,) = losses(toys.model(smoothed, real_label=0.9), 1)
    added = 0.1 * scores[0][:16].mean().item()  # of the first half, the real pictures
    assert other["discriminator"] - one["discriminator"] == pytest.approx(added, abs=1e-6)


def test_all_that_the_discriminator_sees_has_passed_the_veil(remedied):
    gan = toys.model(remedied, instance_noise=1.0, noise_steps=2)
    seen = []
    gan.discriminator.register_forward_pre_hook(lambda _, args: seen.append(args[0].detach()))
    batches, optimizers = toys.digits(), gan.optimizers()
    for deviation in (1.0, 0.5, 0.0):
        seen.clear()
        gan.step(batches, optimizers)
        assert seen
        for x in seen:  # pixels that nothing disturbs are within [-1, 1]
            assert ((x.abs() > 1 + 1e-5).float().mean() > 0.02) == (deviation > 0)


def test_the_noise_goes_on_from_where_a_restart_finds_it(family, tmp_path):
    wanted = {"instance_noise": 0.3, "noise_steps": 50}
    list(toys.train(tmp_path / "whole", family, steps=40, toy=wanted))
    list(toys.train(tmp_path / "parts", family, steps=20, toy=wanted))
    list(toys.train(tmp_path / "parts", family, steps=40, toy=wanted, resume=True))
    whole, parts = (checkpoint.load_model(tmp_path / name)[0] for name in ("whole", "parts"))
    assert torch.equal(weights(whole.generator), weights(parts.generator))


def test_a_model_with_noise_has_the_same_files_as_one_without(remedied):
    noisy = toys.model(remedied, instance_noise=0.3)
    losses(noisy, 3)
    assert noisy.state_dict().keys() == toys.model(remedied).state_dict().keys()


WRONG = [
    {"instance_noise": -0.1},
    {"noise_steps": 0},
    {"real_label": 1.1},
    {"real_label": 0.4},
    {"discriminator_rate": -1.0},
    {"r1_gamma": -1.0},
    {"r1_fraction": 1.5},
    {"skip_d_below": float("nan")},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_remedies_out_of_range_are_refused(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=mentions(name)):
        toys.config("gan", **wrong)
