"""Conformance: every family, whatever its paper."""

import copy
import itertools
import re

import pytest
import torch
import toys
from mentions import mentions
from torch.testing import assert_close

from gan_studio.datasets import registry
from gan_studio.datasets.batches import Batches
from gan_studio.datasets.dataset import Dataset
from gan_studio.gans import checkpoint
from gan_studio.gans.base import DiscriminatorOutputs, Diverged, LatentGAN, descend
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.families import FAMILIES
from gan_studio.gans.families import family as named
from gan_studio.gans.families.gan_cls import GANCLS
from gan_studio.gans.layers import pixel_norm


@pytest.fixture(params=list(FAMILIES))
def family(request: pytest.FixtureRequest) -> str:
    return request.param


def losses(gan: LatentGAN, steps: int) -> list[dict[str, float]]:
    batches, optimizers = toys.digits(), gan.optimizers()
    said = [gan.step(batches, optimizers) for _ in range(steps)]
    return [{name: loss.item() for name, loss in each.items()} for each in said]


def weights(module: torch.nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in module.parameters()])


def test_a_step_moves_both_players_and_its_losses_are_finite_scalars(family):
    gan = toys.model(family)
    before = weights(gan.generator), weights(gan.discriminator)
    said = gan.step(toys.digits(), gan.optimizers())
    assert not torch.equal(weights(gan.generator), before[0])
    assert not torch.equal(weights(gan.discriminator), before[1])
    assert {"generator", "discriminator"} <= said.keys()
    for loss in said.values():
        assert loss.shape == ()
        assert loss.isfinite()
        assert not loss.requires_grad


def test_every_weight_of_both_players_learns(family):
    gan = toys.model(family)
    before = copy.deepcopy(gan)
    losses(gan, 2)
    pairs = zip(gan.named_parameters(), before.parameters(), strict=True)
    still = [name for (name, p), q in pairs if p.equal(q)]
    assert still == []


def test_the_same_seed_gives_the_same_losses(family):
    first, second, third = (losses(toys.model(family, seed=seed), 3) for seed in (1, 1, 2))
    assert first == second
    assert first != third


@pytest.mark.parametrize("channels", [1, 3])
def test_a_preview_is_a_batch_of_pictures_and_changes_nothing(family, channels):
    gan = toys.model(family, channels)
    before = {name: value.clone() for name, value in gan.state_dict().items()}
    batch = {"image": torch.zeros(5, channels, 16, 16)}
    pictures = gan.preview(batch)
    assert pictures.shape == (5, channels, 16, 16)
    assert pictures.abs().max() <= 1
    assert torch.equal(gan.preview(batch), pictures)
    assert all(torch.equal(value, before[name]) for name, value in gan.state_dict().items())


def test_a_preview_between_steps_does_not_change_the_training(family):
    def two_steps(*, looked_at: bool) -> list[dict[str, float]]:
        gan, batches = toys.model(family), toys.digits()
        optimizers = gan.optimizers()
        first = gan.step(batches, optimizers)
        if looked_at:
            gan.preview({"image": torch.zeros(4, 1, 16, 16)})
        return [
            {k: v.item() for k, v in said.items()}
            for said in (first, gan.step(batches, optimizers))
        ]

    assert two_steps(looked_at=True) == two_steps(looked_at=False)


def test_colour_can_be_learnt(family):
    gan = toys.model(family, channels=3)
    grey = registry.load("digits", 16)
    colour = Dataset(name="colour", images=grey.images.repeat(1, 3, 1, 1), labels=grey.labels)
    said = gan.step(Batches(colour, 16), gan.optimizers())
    assert said["generator"].isfinite()


@pytest.mark.parametrize("channels", [1, 3])
def test_saving_and_loading_gives_the_same_pictures(family, tmp_path, channels):
    gan = toys.model(family, channels)
    gan.step(itertools.repeat(toys.batch(channels=channels)), gan.optimizers())
    manifest = Manifest(
        family=family,
        config=gan.config,
        channels=channels,
        dataset="digits",
        classes=gan.classes,
    )
    checkpoint.save_model(tmp_path, gan, gan.generator, manifest)
    loaded, read = checkpoint.load_model(tmp_path)
    batch = {"image": torch.zeros(4, channels, 16, 16)}
    assert read == manifest
    assert torch.equal(loaded.preview(batch), gan.preview(batch))


NORMALISED = ("progan", "msg-gan", "stylegan2", "gan-cls")
"""families whose generators bring latents to one length first"""


def test_the_stem_is_affine_and_begins_the_generator(family):
    gan = toys.model(family).eval()
    losses(gan, 1)
    stem = gan.first_affine().eval()
    a, b = gan.append_labels(torch.randn(2, 12))[:, None]
    assert_close(stem(0.3 * a + 0.7 * b), 0.3 * stem(a) + 0.7 * stem(b))
    seen = []
    last = [*stem.children()][-1] if isinstance(stem, torch.nn.Sequential) else stem
    hook = last.register_forward_hook(lambda *arguments: seen.append(arguments[-1].clone()))
    gan.generator.eval()(a)
    hook.remove()
    z, said = a.split([12, a.shape[1] - 12], 1)
    first = torch.cat([pixel_norm(z), said], 1) if family in NORMALISED else a
    assert torch.equal(seen[0], stem(first))


def judged(gan: LatentGAN, x: torch.Tensor) -> tuple[DiscriminatorOutputs, torch.Tensor]:
    """The discriminator's opinions of x, and what it says when asked itself, both trained a bit."""
    losses(gan, 2)
    batch = {"image": x, "label": torch.arange(len(x)) % 10}
    given = (x, batch["label"]) if gan.classes else (x,)
    if isinstance(gan, GANCLS):
        given = x, gan.condition(batch)
    with torch.no_grad():
        return gan.discriminate(batch), gan.discriminator(*given)


def test_an_opinion_is_the_discriminators_answer_in_its_own_measure(family):
    x = torch.rand(6, 1, 16, 16) * 2 - 1
    told, said = judged(toys.model(family), x)
    assert told.values.shape == (6,)
    if told.output == "probability":
        assert_close(told.values, 1 / (1 + torch.exp(-said)))
        assert ((told.values > 0) & (told.values < 1)).all()
    elif told.output == "score":
        assert_close(told.values, said)
    else:
        assert told.reconstructions is not None
        error = (told.reconstructions - x).square().mean((1, 2, 3))  # eta is 2
        assert_close(told.values, error)
    assert (told.reconstructions is None) == (told.output != "energy")


MEASURES = {"wgan": "score", "wgan-gp": "score", "r3gan": "score", "ebgan": "energy"}
MEASURES |= {"began": "energy", "progan": "score"}


def test_an_opinion_is_in_the_papers_measure(family):
    told, _ = judged(toys.model(family), torch.zeros(2, 1, 16, 16))
    assert told.output == MEASURES.get(family, "probability")


def test_an_opinion_of_a_picture_does_not_depend_on_its_neighbours(family):
    gan, x = toys.model(family).eval(), torch.rand(6, 1, 16, 16)
    together, _ = judged(gan, x)
    labels = torch.arange(6)
    alone = [
        gan.discriminate({"image": x[i : i + 1], "label": labels[i : i + 1]}) for i in range(6)
    ]
    assert_close(torch.cat([told.values for told in alone]), together.values)


@pytest.mark.parametrize("family", ["cgan", "r3gan"])
def test_an_opinion_of_a_labelled_picture_is_one_under_its_label(family):
    gan = toys.model(family, **({"labelled": True} if family == "r3gan" else {}))
    told, _ = judged(gan, torch.ones(10, 1, 16, 16))
    assert len(told.values.unique()) == 10


def test_latents_from_a_generator_do_not_depend_on_the_global_seed(family):
    gan = toys.model(family)
    first = gan.latents(3, torch.Generator().manual_seed(1))
    torch.manual_seed(5)
    assert torch.equal(gan.latents(3, torch.Generator().manual_seed(1)), first)
    assert first.shape == (3, 12)


def test_its_file_begins_with_title_authors_year_and_address(family):
    assert re.search(r"\w \(.+, 20\d\d\), https://", named(family).paper)


SIZES = {"image_size": 0, "latent_dim": -1, "batch_size": 1, "width": 10**12}


@pytest.mark.parametrize("field", SIZES)
def test_a_size_out_of_range_is_refused(family, field):
    with pytest.raises(ValueError, match=mentions("")):
        toys.config(family, **{field: SIZES[field]})


@pytest.mark.parametrize("size", [4, 20, 28, 512])
def test_dcgan_refuses_sizes_that_are_no_powers_of_two(size):
    with pytest.raises(ValueError, match=mentions(f"8 256 {size}")):
        toys.config("dcgan", image_size=size)


def test_the_fully_connected_gan_takes_any_size():
    gan = toys.model("gan", image_size=13)
    assert gan.preview({"image": torch.zeros(2, 1, 13, 13)}).shape == (2, 1, 13, 13)


@pytest.mark.parametrize("size", [8, 32, 64])
def test_dcgan_doubles_from_four_pixels_to_the_picture(size):
    gan = toys.model("dcgan", image_size=size, width=2)
    pictures = gan.generator(torch.randn(2, 12))
    assert pictures.shape == (2, 1, size, size)
    assert gan.discriminator(pictures).shape == (2,)


def test_dcgan_starts_from_weights_of_two_hundredths():
    gan = toys.model("dcgan", width=32)
    assert weights(gan.generator.get_submodule("1")).std().item() == pytest.approx(0.02, rel=0.05)


def test_cgan_is_told_each_label_alike_and_puts_it_behind_z():
    gan = toys.model("cgan")
    z = torch.randn(12, 12)
    inputs = gan.append_labels(z)
    assert torch.equal(inputs[:, :12], z)
    assert inputs[:, 12:].argmax(1).tolist() == [*range(10), 0, 1]
    assert torch.equal(inputs[:, 12:].sum(1), torch.ones(12))
    assert torch.equal(gan.labelled(z), inputs)
    assert torch.equal(gan.append_labels(z[:1], torch.tensor([7]))[0, 12:], torch.eye(10)[7])


def test_cgan_is_trained_on_every_label_whatever_the_batch_shows():
    gan = toys.model("cgan", batch_size=256)
    seen = []
    hook = gan.generator.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0][:, 12:]))
    one = {"image": torch.rand(256, 1, 16, 16), "label": torch.full((256,), 3)}
    gan.step(iter([one]), gan.optimizers())
    hook.remove()
    counts = seen[0].sum(0)
    assert counts.min() > 10  # 25.6 on average
    assert counts.max() < 50


def test_cgans_discriminator_judges_a_picture_by_its_label():
    gan = toys.model("cgan")
    x = torch.randn(1, 1, 16, 16).repeat(10, 1, 1, 1)
    scores = gan.discriminator(x, torch.arange(10))
    assert scores.shape == (10,)
    assert len(scores.unique()) == 10
    phi = gan.discriminator.get_submodule("features")(x[:1]).flatten(1)
    V = gan.discriminator.get_parameter("V.weight")
    base = gan.discriminator.get_submodule("score")(phi.view(1, -1, 4, 4))
    assert_close(scores, base + (V * phi).sum(1))  # Miyato & Koyama, 2018


def test_without_gamma_there_is_no_penalty():
    (said,) = losses(toys.model("gan", r1_gamma=0.0), 1)
    assert said["penalty"] == 0


def test_minimax_is_another_game():
    (one,), (other,) = (
        losses(toys.model("gan", objective=name), 1) for name in ("minimax", "non-saturating")
    )
    assert one["discriminator"] == other["discriminator"]
    assert one["generator"] < 0 < other["generator"]


def test_an_unknown_family_lists_the_known_ones():
    with pytest.raises(ValueError, match=mentions(f"x {' '.join(FAMILIES)}")):
        named("x")


def test_a_loss_that_is_not_finite_moves_nothing():
    w = torch.ones(2, requires_grad=True)
    with pytest.raises(Diverged, match="nan"):
        descend(torch.optim.SGD([w], 0.1), (w * float("nan")).sum())
    assert torch.equal(w, torch.ones(2))


def test_descending_moves_the_optimisers_own_parameters_alone():
    ours, theirs = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    descend(torch.optim.SGD([ours], 0.1), (3 * ours * theirs).sum())
    assert_close(ours.detach(), torch.full((2,), 0.7))
    assert theirs.grad is None


@pytest.mark.gpu
def test_a_step_in_bfloat16_on_a_gpu_is_finite(family):
    gan = toys.model(family).to("cuda")
    batches = Batches(registry.load("digits", 16), 16, device="cuda")
    with torch.autocast("cuda", torch.bfloat16, cache_enabled=False):
        said = gan.step(batches, gan.optimizers())
    assert all(loss.isfinite() for loss in said.values())
