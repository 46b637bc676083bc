"""Observations of two players: known where the pictures are, and without effect on them."""

import pytest
import torch
import toys
from torch import Tensor, nn

from gan_studio.datasets import registry
from gan_studio.datasets.dataset import Dataset
from gan_studio.evaluation.monitor import COUNT, Monitor, accuracy
from gan_studio.gans.base import LatentGAN

CPU = torch.device("cpu")


class Album(nn.Module):
    """A generator that shows pictures (N, C, H, W) uint8 in turn, whatever the latent."""

    def __init__(self, pictures: Tensor) -> None:
        super().__init__()
        self.pictures = nn.Parameter(pictures.float() / 127.5 - 1)

    def forward(self, z: Tensor) -> Tensor:
        which = torch.arange(len(z)) % len(self.pictures)
        return self.pictures[which]


def digits(start: int = 0, count: int = COUNT, size: int = 16) -> Dataset:
    whole = registry.load("digits", size)
    part = slice(start, start + count)
    assert whole.labels is not None
    return Dataset(name="digits", images=whole.images[part], labels=whole.labels[part])


def showing(pictures: Tensor, **changes: int) -> LatentGAN:
    gan = toys.model("gan", pictures.shape[1], **changes)
    gan.generator = Album(pictures)
    return gan


def test_other_real_pictures_are_about_as_diverse_and_near():
    observe = Monitor(digits(), None, CPU)
    others = observe(showing(digits(start=500).images))
    noise = torch.randint(0, 256, (COUNT, 1, 16, 16), dtype=torch.uint8)
    assert others["diversity"] == pytest.approx(1, abs=0.1)
    assert others["distance"] < observe(showing(noise))["distance"] / 5


def test_the_training_pictures_themselves_have_no_distance():
    seen = Monitor(digits(), None, CPU)(showing(digits().images))
    assert seen["distance"] == pytest.approx(0, abs=1e-2)
    assert seen["diversity"] == pytest.approx(1, abs=1e-4)


def test_one_picture_again_and_again_has_no_diversity():
    seen = Monitor(digits(), None, CPU)(showing(digits(count=1).images))
    assert seen["diversity"] == pytest.approx(0, abs=1e-4)


def test_a_dozen_pictures_again_and_again_are_not_diverse_however_different_they_are():
    seen = Monitor(digits(), None, CPU)(showing(digits(count=12).images))
    assert seen["diversity"] == pytest.approx(0, abs=1e-4)


def test_one_kind_of_pictures_is_less_diverse_than_ten():
    whole = registry.load("digits", 16)
    assert whole.labels is not None
    alike = whole.images[whole.labels == 0][:COUNT]
    assert Monitor(digits(), None, CPU)(showing(alike))["diversity"] < 0.8


def test_looking_leaves_no_trace(family: str):
    gan = toys.model(family)
    gan.train()
    gan.discriminator.eval()
    gan.step(toys.digits(), gan.optimizers())
    before = {name: value.clone() for name, value in gan.state_dict().items()}
    modes = [module.training for module in gan.modules()]
    draws = torch.get_rng_state()
    observe = Monitor(digits(), digits(500), CPU)
    first, second = observe(gan), observe(gan)
    assert first == second
    assert torch.equal(torch.get_rng_state(), draws)
    assert [module.training for module in gan.modules()] == modes
    after = gan.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    gan.step(toys.digits(), gan.optimizers())  # weights met no inference mode


def test_every_family_is_seen_in_numbers(family: str):
    seen = Monitor(digits(), digits(500), CPU)(toys.model(family))
    assert seen.keys() == {"real", "fake", "held_out", "accuracy", "diversity", "distance"}
    assert all(torch.tensor(list(seen.values())).isfinite())
    assert 0 <= seen["accuracy"] <= 1


def test_opinions_are_the_means_of_the_discriminators(family: str):
    gan, pictures = toys.model(family), digits(count=20)
    labels = pictures.labels
    assert labels is not None
    batch = {"image": pictures.images.float() / 127.5 - 1, "label": labels}
    expected = gan.discriminate(batch).values.mean().item()
    assert Monitor(pictures, None, CPU)(gan)["real"] == pytest.approx(expected, abs=1e-4)


def test_a_normalised_critic_judges_each_kind_by_its_own_statistics():
    gan, observe = toys.model("wgan"), Monitor(digits(), digits(500), CPU)
    before = observe(gan)
    for module in gan.discriminator.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.constant_(module.get_buffer("running_mean"), 1e3)
    assert observe(gan) == before


@pytest.mark.parametrize(
    ("measure", "real", "fake", "share"),
    [
        ("probability", [0.6, 0.9], [0.1, 0.2], 1.0),
        ("probability", [0.6, 0.4], [0.1, 0.7], 0.5),
        ("probability", [0.4, 0.3], [0.1, 0.2], 0.5),
        ("score", [-4.0, -5.0], [-9.0, -8.0], 1.0),
        ("score", [0.0, 0.0], [0.0, 0.0], 0.5),
        ("energy", [0.1, 0.2], [0.8, 0.9], 1.0),
        ("energy", [0.8, 0.9], [0.1, 0.2], 0.0),
    ],
)
def test_accuracy_counts_what_lies_on_its_own_side(
    measure: str, real: list[float], fake: list[float], share: float
):
    assert accuracy(torch.tensor(real), torch.tensor(fake), measure).item() == share


def test_missing_digits_are_counted_where_they_can_be_read():
    pictures = digits(size=32)
    one = showing(pictures.images[:1], image_size=32)
    mnist = Dataset(name="mnist", images=pictures.images)
    assert Monitor(mnist, None, CPU)(one)["missing"] == 9
    assert "missing" not in Monitor(pictures, None, CPU)(one)


@pytest.mark.parametrize("size", [8, 16, 64])
def test_pictures_of_any_size_and_in_colour_are_seen(size: int):
    colours = digits(size=size).images[:12].repeat(1, 3, 1, 1)
    seen = Monitor(Dataset(name="mine", images=colours), None, CPU)(
        showing(colours, image_size=size)
    )
    assert seen["diversity"] == pytest.approx(1, abs=0.1)  # 128 are 12, some of them once more


@pytest.mark.parametrize("count", [1, 3])
def test_what_cannot_be_said_of_so_few_pictures_is_left_out(count: int):
    same = digits(count=1).images.repeat(count, 1, 1, 1)
    seen = Monitor(Dataset(name="mine", images=same), None, CPU)(toys.model("gan"))
    assert "diversity" not in seen
    assert ("distance" in seen) == (count > 1)


def test_pictures_that_are_no_numbers_are_told_of_and_not_looked_at():
    gan = toys.model("dcgan")
    torch.nn.init.constant_(next(gan.generator.parameters()), torch.nan)
    seen = Monitor(digits(), None, CPU)(gan)
    assert "distance" not in seen
    assert torch.tensor(seen["fake"]).isnan()
