"""Conformance of the families that turn pictures into pictures, and their closed forms."""

import copy
import itertools
import math
from pathlib import Path

import pytest
import torch
import toys
from torch.testing import assert_close
from toys import write_pictures

from gan_studio.core.events import Update
from gan_studio.core.files import load_tensors
from gan_studio.datasets.pairs import MAPS, PairBatches, PairDataset
from gan_studio.evaluation.translation import LEGEND, map_accuracy, measure
from gan_studio.gans import checkpoint
from gan_studio.gans.base import Losses
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.families import TRANSLATIONS
from gan_studio.gans.families.cut import CUT, info_nce
from gan_studio.gans.families.cyclegan import CycleGAN, Pool
from gan_studio.gans.families.srgan import SRGAN
from gan_studio.gans.losses import hinge, least_squares
from gan_studio.gans.translation import (
    TranslationGAN,
    chroma,
    from_luma_chroma,
    luma,
    pad_to_multiple,
)
from gan_studio.studio.request import TrainingRequest
from gan_studio.studio.studio import Studio

KINDS = [
    ("pix2pix", {"task": "pairs"}),
    ("pix2pix", {"task": "lines"}),
    ("pix2pix", {"task": "colour"}),
    ("cyclegan", {}),
    ("cut", {}),
    ("srgan", {"degradation": "small"}),
    ("srgan", {"degradation": "photo"}),
    ("inpainting", {}),
]


@pytest.fixture(params=KINDS, ids=lambda kind: "-".join([kind[0], *kind[1].values()]))
def gan(request: pytest.FixtureRequest) -> TranslationGAN:
    family, changes = request.param
    return toys.translation(family, **changes)


def batches(gan: TranslationGAN, count: int = 4) -> PairBatches:
    return PairBatches(toys.pairs(gan.config.source_task), count)


def weights(module: torch.nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in module.parameters()])


def steps(gan: TranslationGAN, count: int) -> list[Losses]:
    given, optimizers = batches(gan), gan.optimizers()
    return [gan.step(given, optimizers) for _ in range(count)]


def test_a_step_moves_all_players_and_its_losses_are_finite_scalars(gan):
    before = copy.deepcopy(gan)
    [losses] = steps(gan, 1)
    pairs = zip(gan.named_parameters(), before.parameters(), strict=True)
    still = [name for (name, p), q in pairs if p.equal(q)]
    if isinstance(gan, SRGAN):  # one of its four networks learns
        still = [name for name in still if f"{gan.branch}_sharp" in name or "halves" not in name]
    # Biases in front of a normalisation move nothing but by rounding.
    assert [name for name in still if not name.endswith("bias")] == []
    assert {"generator", "discriminator"} <= losses.keys()
    assert all(loss.shape == () and loss.isfinite() for loss in losses.values())
    assert not any(loss.requires_grad for loss in losses.values())


def test_the_same_seed_gives_the_same_losses():
    first, second, third = (
        [
            {k: v.item() for k, v in said.items()}
            for said in steps(toys.translation("cyclegan", s), 4)
        ]
        for s in (1, 1, 2)
    )
    assert first == second
    assert first != third


def test_training_and_drawing_give_the_same_pictures(gan):
    steps(gan, 2)
    x = next(batches(gan))["source"]
    with torch.no_grad():
        assert_close(gan.train().translate(x), gan.eval().translate(x), rtol=0, atol=0)


@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 40), (64, 33), (5, 3), (1, 50)])
def test_any_size_in_is_that_size_out(gan, height, width):
    x = torch.rand(2, gan.source_channels, height, width) * 2 - 1
    with torch.no_grad():
        made = gan.translate(x)
    assert made.shape == (2, 3, gan.scale * height, gan.scale * width)
    assert made.abs().max() <= 1


def test_padding_reflects_and_is_cropped_back():
    x = torch.arange(5.0).expand(1, 1, 5, 5)
    padded = pad_to_multiple(x, 4)
    assert padded.shape == (1, 1, 8, 8)
    assert padded[0, 0, 0].tolist() == [0, 1, 2, 3, 4, 3, 2, 1]
    assert pad_to_multiple(x[..., :1, :2], 2)[0, 0, 0].tolist() == [0, 1, 1, 1]


def test_a_preview_changes_nothing_and_a_sheet_has_whole_rows(gan):
    before = {name: value.clone() for name, value in gan.state_dict().items()}
    batch = batches(gan).first(8)
    assert torch.equal(gan.preview(batch), gan.preview(batch))
    assert len(gan.sample_sheet(batch, 4)) % 4 == 0
    assert all(torch.equal(value, before[name]) for name, value in gan.state_dict().items())


def test_the_discriminators_answer_is_one_number_for_each_picture(gan):
    told = gan.discriminate(batches(gan).first(5))
    assert told.values.shape == (5,)
    assert told.output == gan.output == "score"


def test_saving_and_loading_gives_the_same_pictures(gan, tmp_path):
    family = next(name for name, kind in TRANSLATIONS.items() if isinstance(gan, kind.gan))
    manifest = Manifest(family=family, config=gan.config, channels=3, dataset="toy")
    checkpoint.save_model(tmp_path, gan, gan.generator, manifest)
    loaded, read = checkpoint.load_model(tmp_path)
    batch = batches(gan).first(4)
    assert read == manifest
    assert torch.equal(loaded.preview(batch), gan.preview(batch))


def test_without_the_game_only_the_generator_learns():
    gan = toys.translation("pix2pix", adversarial=0.0)
    before = weights(gan.generator), weights(gan.discriminator)
    [losses] = steps(gan, 1)
    assert not weights(gan.generator).equal(before[0])
    assert weights(gan.discriminator).equal(before[1])
    assert losses["generator"] == gan.config.lambda_l1 * losses["l1"]  # pyright: ignore[reportAttributeAccessIssue]


def test_least_squares_and_hinge_in_closed_form():
    real, fake = torch.tensor([0.5, 2.0]), torch.tensor([-0.5, 1.0])
    assert least_squares.discriminator(real, fake) == (0.25 + 1) / 2 + (0.25 + 1) / 2
    assert least_squares.generator(fake) == (2.25 + 0) / 2
    assert hinge.discriminator(real, fake) == (0.5 + 0) / 2 + (0.5 + 2) / 2
    assert hinge.generator(fake) == -0.25


def test_the_losses_of_a_cycle_in_closed_form():
    gan = toys.translation("cyclegan", r1_gamma=0.0)
    assert isinstance(gan, CycleGAN)
    batch = batches(gan).first(4)
    x, y = batch["source"], batch["image"]
    with torch.no_grad():
        forth, back = gan.translate(x), gan.translate(y, "backward")
        cycle = (gan.translate(forth, "backward") - x).abs().mean()
        cycle += (gan.translate(back) - y).abs().mean()
        identity = (gan.translate(y) - y).abs().mean()
        identity += (gan.translate(x, "backward") - x).abs().mean()
        scores = (
            gan.discriminator.get_submodule("to_image")(forth),
            gan.discriminator.get_submodule("to_source")(back),
        )
        game = sum((score - 1).square().mean() for score in scores)
    said = gan.step(itertools.repeat(batch), gan.optimizers())
    assert_close(said["cycle"], cycle)
    assert_close(said["identity"], identity)
    assert_close(said["adversarial"], game)
    assert_close(said["generator"], game + 10 * cycle + 5 * identity)


def test_info_nce_in_closed_form():
    alike = torch.ones(2, 5, 3) / 3**0.5
    assert_close(info_nce(alike, alike, 0.07), torch.full((2,), math.log(5)))
    # Orthonormal patches: similarity 1 with their own place and 0 with the S - 1 others.
    apart = torch.eye(4).expand(2, 4, 4)
    assert_close(info_nce(apart, apart, 0.5), torch.full((2,), math.log1p(3 * math.exp(-2))))
    # Each place resembles its neighbour instead.
    off = info_nce(apart.roll(1, 1), apart, 0.5)
    assert_close(off, torch.full((2,), math.log(3 + math.exp(2))))


def test_the_losses_of_contrast_in_closed_form():
    gan = toys.translation("cut", r1_gamma=0.0)
    assert isinstance(gan, CUT)
    batch = batches(gan).first(4)
    x, y = batch["source"], batch["image"]

    def contrast(source: torch.Tensor) -> torch.Tensor:
        """All places of the toy's layers are compared, so their order does not matter."""
        losses, heads = [], gan.generator.get_submodule("heads").children()
        made = gan.encode(gan.translate(source))
        for H, *both in zip(heads, made, gan.encode(source), strict=True):
            query, key = (H(f.permute(0, 2, 3, 1).reshape(4, -1, f.shape[1])) for f in both)
            angles = torch.einsum("nic,njc->nij", query, key) / 0.07
            rows = torch.arange(angles.shape[1]).expand(4, -1)
            losses.append(torch.nn.functional.cross_entropy(angles.mT, rows))
        return torch.stack(losses).mean()

    with torch.no_grad():
        nce, identity = contrast(x), contrast(y)
    said = gan.step(itertools.repeat(batch), gan.optimizers())
    assert_close(said["nce"], nce)
    assert_close(said["identity"], identity)
    assert_close(said["generator"], said["adversarial"] + 0.5 * nce + 0.5 * identity)


def test_patches_are_compared_at_equal_places_and_teach_by_the_translation_alone():
    gan = toys.translation("cut", patches=7)
    assert isinstance(gan, CUT)
    x = batches(gan).first(4)["source"]
    sources = [f.detach().requires_grad_() for f in gan.encode(x)]
    translations = [f.detach().requires_grad_() for f in gan.encode(x)]
    loss = gan.contrastive(translations, sources)
    assert loss.shape == (4,)
    loss.sum().backward()
    assert all(f.grad is None for f in sources)
    moved = [(f.grad != 0).any(1).flatten(1).sum(1) for f in translations if f.grad is not None]
    assert len(moved) == len(translations)
    assert all(count.eq(7).all() for count in moved)


def test_the_penalty_is_on_the_picture_alone_and_on_a_part_of_the_batch():
    gan = toys.translation("pix2pix", r1_gamma=3.0, r1_fraction=0.5)

    def scores(image: torch.Tensor, source: torch.Tensor) -> torch.Tensor:
        assert len(image) == 2
        return 2 * image.sum(1, keepdim=True) + 7 * source.sum(1, keepdim=True)

    x = torch.rand(4, 3, 16, 16)
    # The mean over 16x16 places has a slope of 2 / 256 at each of 3 x 256 values.
    expected = 3.0 / 2 * 3 * 256 * (2 / 256) ** 2
    assert_close(gan.r1_penalty(scores, x, x), torch.tensor(expected))
    assert toys.translation("pix2pix", r1_gamma=0.0).r1_penalty(scores, x, x) == 0


@pytest.mark.parametrize("name", ["pix2pix", "cyclegan", "cut"])
def test_pictures_of_one_colour_teach_finite_gradients(name):
    """Eleven normalised layers of no variance after each other would overflow."""
    gan = toys.translation(name)
    picture = torch.full((4, 3, 16, 16), 0.25)
    picture[1:] = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    losses = gan.step(itertools.repeat({"source": picture, "image": -picture}), gan.optimizers())
    assert all(loss.isfinite() for loss in losses.values())
    gradients = [p.grad for p in gan.generator.parameters() if p.grad is not None]
    assert gradients
    assert all(gradient.abs().max() < 1e3 for gradient in gradients)


def test_a_pool_is_filled_first_and_then_gives_old_pictures_half_the_time():
    torch.manual_seed(0)
    pool = Pool(10, 1, 2)
    first = torch.arange(10.0).view(10, 1, 1, 1).expand(10, 1, 2, 2)
    assert torch.equal(pool.exchange(first), first)
    new = torch.full((400, 1, 2, 2), 100.0) + torch.arange(400.0).view(-1, 1, 1, 1)
    shown = pool.exchange(new)
    older = (shown != new).all((1, 2, 3)).float().mean()
    assert 0.4 < older < 0.6
    assert torch.equal(Pool(0, 1, 2).exchange(new), new)


def test_classes_of_a_map_are_the_nearest_colours_of_its_legend():
    block, road, park, water = (
        torch.tensor(shades[0]).float().div(127.5).sub(1).view(1, 3, 1, 1)
        for shades in LEGEND.values()
    )
    true = torch.cat([block, block, road, water], 3)
    made = torch.cat([block + 8 / 127.5, park, road, block], 3)
    found = map_accuracy(made, true)
    assert found["accuracy"] == 0.5  # the first and the third pixel
    assert (found["block"], found["road"], found["water"]) == (0.5, 1, 0)
    assert math.isnan(found["park"])
    assert (found["within_5"], found["within_10"]) == (0.25, 0.5)


@pytest.mark.parametrize("reverse", [False, True])
def test_maps_are_measured_whichever_way_a_model_was_trained(reverse):
    rng = torch.Generator().manual_seed(0)
    dark = torch.randint(50, (6, 3, 16, 16), generator=rng).to(torch.uint8)
    light = 255 - dark
    a, b = (light, dark) if reverse else (dark, light)
    maps = PairDataset(name=MAPS, images=b, sources=a)
    both, one = toys.translation("cyclegan"), toys.translation("pix2pix")
    found = measure(both, maps, maps, 6)
    way = "backward" if reverse else "forward"
    drawn = both.translate(dark / 127.5 - 1, way)
    assert found["accuracy"] == pytest.approx(
        map_accuracy(drawn, light / 127.5 - 1)["accuracy"], rel=1e-3
    )
    assert ("accuracy" in measure(one, maps, maps, 6)) != reverse


def test_luma_and_chroma_give_the_picture_back():
    rgb = torch.rand(2, 3, 4, 4) * 2 - 1
    assert_close(from_luma_chroma(luma(rgb), chroma(rgb)), rgb)
    grey = torch.rand(1, 1, 4, 4).expand(-1, 3, -1, -1) * 2 - 1
    assert_close(chroma(grey), torch.zeros(1, 2, 4, 4), rtol=0, atol=1e-6)


def request(output: Path, family: str, dataset: Path, *, resume: bool = False) -> TrainingRequest:
    config = toys.translation_config(family)
    settings = toys.settings(steps=8, sample_every=4, save_every=4)
    return TrainingRequest(
        family=family,
        dataset=str(dataset),
        config=config,
        settings=settings,
        output=output,
        resume=resume,
    )


@pytest.mark.parametrize("family", list(TRANSLATIONS))
def test_a_resumed_training_ends_as_one_in_one_piece(family, tmp_path):
    write_pictures(tmp_path / "pairs", "a b c d e f", (40, 20))
    studio = Studio(tmp_path / "none", "cpu")
    list(studio.train(request(tmp_path / "whole", family, tmp_path / "pairs")))
    first = studio.train(request(tmp_path / "parts", family, tmp_path / "pairs"))
    next(event for event in first if isinstance(event, Update) and event.step == 5)
    first.close()
    list(studio.train(request(tmp_path / "parts", family, tmp_path / "pairs", resume=True)))
    one, other = (
        (tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "parts")
    )
    assert one == other
    assert (tmp_path / "parts" / "samples.png").exists()
    assert not any(
        "pool" in name for name in load_tensors(tmp_path / "whole" / "model.safetensors")
    )
