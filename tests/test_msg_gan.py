"""Pictures at all sizes at once: what each player makes of them, and how they are shown."""

from typing import Any

import pytest
import torch
import toys
from torch import Tensor
from torch.testing import assert_close

from gan_studio.core.events import Sample
from gan_studio.gans.families.msg_gan import MSGGAN, Config, phi_simple, pyramid, r1_of_pyramid
from gan_studio.gans.progressive import downsample, upsample
from gan_studio.gans.stabilizers import AugmentPipe, StabilizerConfig, augment
from gan_studio.images.recipe import Recipe
from gan_studio.studio.studio import Studio

SIZES = [4, 8, 16]
EVERYTHING = "colour+translation+cutout"


def model(channels: int = 1, **changes: Any) -> MSGGAN:
    gan = toys.model("msg-gan", channels, **changes)
    assert isinstance(gan, MSGGAN)
    return gan


def blocks(n: int = 6, channels: int = 3) -> Tensor:
    """Pictures of 16 pixels in squares of 4, so that a size of 4 says everything of them."""
    rng = torch.Generator().manual_seed(2)
    return upsample(torch.rand(n, channels, 4, 4, generator=rng) * 2 - 1, 16)


@pytest.mark.parametrize(("size", "sizes"), [(8, [4, 8]), (32, [4, 8, 16, 32])])
def test_a_pyramid_doubles_from_four_pixels_to_the_picture(size, sizes):
    gan = model(channels=3, image_size=size, width=2)
    z = gan.latents(2)
    o = gan.players[0].eval().pyramid(z)
    assert [tuple(x.shape) for x in o] == [(2, 3, s, s) for s in sizes]
    assert torch.equal(gan.generator(z), o[-1])


def test_each_size_is_painted_by_a_layer_of_its_own():
    G = model().players[0].eval()
    z = torch.randn(3, 12)
    before = G.pyramid(z)
    for i in range(len(SIZES)):
        bias = G.get_parameter(f"to_rgb.{i}.bias")
        bias.data += 1
        changed = [not torch.equal(x, y) for x, y in zip(G.pyramid(z), before, strict=True)]
        assert changed == [j == i for j in range(len(SIZES))]
        bias.data -= 1


def test_a_pictures_own_pyramid_are_the_means_of_its_pixels():
    gan, x = model(), torch.rand(4, 1, 16, 16)
    D = gan.discriminator.eval()
    o = pyramid(x, SIZES)
    assert_close(o[0][0, 0, 0, 0], x[0, 0, :4, :4].mean())
    assert torch.equal(D(*o), D(x))


def test_the_discriminator_looks_at_every_size_and_tells_g_so():
    gan = model()
    G, D = gan.players
    o = [x.detach().requires_grad_() for x in G.pyramid(gan.latents(4))]
    slopes = torch.autograd.grad(D.eval()(*o).sum(), o)
    assert all((slope != 0).flatten(1).any(1).all() for slope in slopes)


def test_phi_puts_a_picture_beside_the_features():
    o, d = torch.randn(2, 3, 4, 4), torch.randn(2, 5, 4, 4)
    joined = phi_simple(o, d)
    assert torch.equal(joined[:, :3], o)
    assert torch.equal(joined[:, 3:], d)


def test_r1_of_a_linear_discriminator_is_the_mean_of_its_squared_slopes():
    slopes = [torch.tensor([3.0, 4.0]).view(1, 1, 1, 2), torch.tensor([1.0, 2.0]).view(1, 1, 2, 1)]

    def D(*o: Tensor) -> Tensor:
        parts = [(x * w).flatten(1).sum(1) for x, w in zip(o, slopes, strict=True)]
        return torch.stack(parts).sum(0)

    o = [torch.randn(5, 1, 1, 2), torch.randn(5, 1, 2, 1)]
    c = Config(r1_gamma=6.0, r1_fraction=1.0)
    assert_close(r1_of_pyramid(D, o, c), torch.tensor(6 / 2 * (25 + 5) / 2))
    assert r1_of_pyramid(D, o, Config(r1_gamma=0.0)) == 0


def test_real_and_fake_pictures_are_judged_apart():
    gan, counts = model(), []
    gan.discriminator.register_forward_pre_hook(lambda _, o: counts.append([len(x) for x in o]))
    gan.step(iter([toys.batch()]), gan.optimizers())
    penalised = round(gan.config.r1_fraction * 16)
    assert counts == [[n] * len(SIZES) for n in (16, 16, penalised, 16)]


def pipe(**changes: Any) -> AugmentPipe:
    return AugmentPipe(StabilizerConfig(**changes))


def test_without_augmentation_a_pyramid_stays_as_it_is_and_nothing_is_drawn():
    o, before = pyramid(blocks(), SIZES), torch.get_rng_state()
    assert all(x is y for x, y in zip(pipe(augment="none").pyramid(o), o, strict=True))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("changes", [{"augment": EVERYTHING}, {"instance_noise": 0.5}], ids=str)
def test_all_sizes_of_a_picture_are_changed_alike(changes):
    T = pipe(**{"augment": "none", **changes})
    x = blocks()
    changed = T.pyramid(pyramid(x, SIZES))
    assert [o.shape[-1] for o in changed] == SIZES
    assert not torch.equal(changed[-1], x)
    for o, size in zip(changed, SIZES, strict=True):
        assert_close(o, downsample(changed[-1], size))


def test_the_finest_size_is_augmented_as_a_picture_alone_is():
    torch.manual_seed(5)
    seed = int(torch.randint(2**62, ()))
    torch.manual_seed(5)
    x = torch.rand(6, 3, 16, 16)
    torch.manual_seed(5)
    changed = pipe(augment=EVERYTHING).pyramid(pyramid(x, SIZES))[-1]
    assert_close(changed, augment(x, EVERYTHING, torch.Generator().manual_seed(seed)))


def test_two_pyramids_are_changed_each_in_its_own_way():
    T, o = pipe(augment=EVERYTHING), pyramid(blocks(), SIZES)
    assert not torch.equal(T.pyramid(o)[0], T.pyramid(o)[0])


def test_an_augmented_pyramid_lets_the_gradient_through_to_each_size():
    o = [x.requires_grad_() for x in pyramid(torch.rand(6, 3, 16, 16), SIZES)]
    loss = sum(x.square().sum() for x in pipe(augment=EVERYTHING).pyramid(o))
    assert isinstance(loss, Tensor)
    assert all((slope != 0).flatten(1).any(1).all() for slope in torch.autograd.grad(loss, o))


def test_a_sample_sheet_begins_with_its_first_pictures_at_coarser_sizes():
    gan, batch = model(), {"image": torch.zeros(6, 1, 16, 16)}
    sheet = gan.sample_sheet(batch, 3)
    assert torch.equal(sheet[6:], gan.preview(batch))
    assert sheet.shape == (2 * 3 + 6, 1, 16, 16)
    o = gan.players[0].pyramid(gan.preview_inputs(batch))
    for i, size in enumerate(SIZES[:2]):
        assert_close(downsample(sheet[3 * i : 3 * i + 3], size), o[i][:3])
        assert_close(upsample(downsample(sheet, size), 16)[3 * i], sheet[3 * i])


def test_a_training_shows_eight_rows_of_pictures_below_those_of_the_coarser_sizes(tmp_path):
    events = toys.train(tmp_path, "msg-gan", steps=1, sample_every=1)
    sample = next(event for event in events if isinstance(event, Sample))
    assert sample.grid.size == (8 * 18 - 2, (2 + 8) * 18 - 2)


def test_the_studio_draws_a_picture_at_every_size(studio: Studio):
    recipe = Recipe(model="msg-gan-digits", seed=3, directions={1: 1.5})
    pictures = studio.pyramid(recipe)
    assert [picture.size for picture in pictures] == [(4, 4), (8, 8), (16, 16)]
    assert toys.alike(pictures[-1], studio.generate(recipe).image)
    assert not toys.alike(pictures[0], studio.pyramid(Recipe(model="msg-gan-digits", seed=4))[0])
    assert studio.model_info(recipe.model).multi_scale


def test_other_models_draw_one_size(studio: Studio):
    recipe = Recipe(model="stylegan2-digits", seed=3)
    (picture,) = studio.pyramid(recipe)
    assert toys.alike(picture, studio.generate(recipe).image)
    assert not studio.model_info(recipe.model).multi_scale
