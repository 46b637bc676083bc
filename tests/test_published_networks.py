"""The networks of imported generators: their layers, their previews, their files."""

import math

import numpy as np
import published_files as files
import published_pickles as pickles
import pytest
import torch
from mentions import mentions
from torch import nn
from torch.testing import assert_close

from gan_studio.gans import checkpoint
from gan_studio.gans.families import stylegan2_ada, stylegan3
from gan_studio.images.recipe import Recipe
from gan_studio.models.importing import import_model
from gan_studio.models.importing.files import read_generator
from gan_studio.studio import Studio


def test_fourier_features_are_waves_that_a_shift_moves():
    config = stylegan3.Config(image_size=16, channel_base=256, most_channels=4, style_dim=4)
    layer = stylegan3.FourierFeatures(config, 4, 36)
    nn.init.eye_(layer.weight)
    nn.init.zeros_(layer.motion.weight)
    layer.motion.bias = nn.Parameter(torch.tensor([1.0, 0.0, 0.0, 0.0]))
    layer.frequencies.copy_(torch.tensor([[1.0, 0], [0, 1], [1, 1], [0, 0]]))
    layer.phases.copy_(torch.tensor([0.0, 0.25, 0.0, 0.25]))
    move = torch.eye(3)[None].clone()
    move[0, 0, 2] = 0.125
    with torch.no_grad():
        found = layer(torch.zeros(1, 4), move)[0]
    x = (torch.arange(36) - 17.5) / config.rates[0]
    assert_close(found[0], (2 * math.pi * (x + 0.125)).sin().expand(36, -1))
    assert_close(found[1], (2 * math.pi * (x + 0.25)).sin()[:, None].expand(-1, 36))
    assert_close(found[3], torch.ones(36, 36))


def test_waves_too_fine_for_the_maps_fade_out():
    config = stylegan3.Config(image_size=16, channel_base=256, most_channels=2, style_dim=4)
    layer = stylegan3.FourierFeatures(config, 2, 36)
    nn.init.eye_(layer.weight)
    layer.frequencies.copy_(torch.tensor([[config.rates[0] / 2, 0.0], [0.0, 1.0]]))
    with torch.no_grad():
        found = layer(torch.randn(1, 4), torch.eye(3)[None])[0]
    assert found[0].abs().max() < 1e-5
    assert found[1].abs().max() > 0.5


def test_a_modulated_convolution_is_demodulated():
    """Eq. 1 and 3 of StyleGAN2 with the kernel scaled for the picture, as the paper writes them."""
    config = stylegan2_ada.Config(image_size=8, style_dim=5, noise=False)
    layer = stylegan2_ada.StyledConv(3, 4, 8, config)
    x, w = torch.randn(2, 3, 8, 8), torch.randn(2, 5)
    with torch.no_grad():
        found = layer(x, w)
        for i in range(2):
            kernel = layer.weight * layer.style(w[i])[None, :, None, None]
            kernel = kernel / (kernel.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
            y = nn.functional.conv2d(x[i : i + 1], kernel, padding=1)
            assert_close(found[i : i + 1], nn.functional.leaky_relu(y, 0.2) * math.sqrt(2))


def test_noise_is_added_before_the_bias_and_clamped_behind():
    config = stylegan2_ada.Config(image_size=8, style_dim=5, conv_clamp=0.5)
    layer = stylegan2_ada.StyledConv(3, 4, 8, config)
    with torch.no_grad():
        layer.strength.fill_(1e6)  # pyright: ignore[reportOptionalMemberAccess]
        found = layer(torch.randn(1, 3, 8, 8), torch.randn(1, 5))
    assert_close(found[0, 0], (layer.noise.sign() * 0.5))  # pyright: ignore[reportOptionalMemberAccess]


def test_a_preview_of_little_time_is_smaller_and_looks_alike(tmp_path):
    generator = pickles.stylegan2(size=128)
    file = files.write(tmp_path, "x.pkl", pickles.nvidia(generator))
    import_model(file, tmp_path / "x")
    studio = Studio(tmp_path, "cpu")
    model = studio.library.get("x")
    with torch.no_grad():
        for name, value in model.gan.generator.named_parameters():
            if name in {f"to_rgb.{i}.{part}" for i in (4, 5) for part in ("weight", "bias")}:
                value.mul_(0.05)
    model.size_seconds.update({2**i: 1e-9 for i in range(2, 6)} | {64: 30.0})
    recipe = Recipe(model="x", seed=2)
    small = studio.preview(recipe, 1.0)
    assert (small.complete, small.image.size) == (False, (32, 32))
    whole = np.asarray(studio.generate(recipe).image.resize((32, 32), 4), float)  # 4: box
    error = np.abs(np.asarray(small.image, float) - whole)[2:-2, 2:-2].mean()
    assert error < 0.25 * whole.std()


def test_pytorchs_dcgan_draws_what_its_own_layers_would(tmp_path):
    state = files.pytorch_dcgan(nz=5, ngf=3, nc=3, doublings=2)
    layers: list[nn.Module] = []
    for i, (a, b) in enumerate([(5, 12), (12, 6), (6, 3), (3, 3)]):
        stride, padding = (1, 0) if i == 0 else (2, 1)
        layers.append(nn.ConvTranspose2d(a, b, 4, stride, padding, bias=False))
        layers += [nn.Tanh()] if i == 3 else [nn.BatchNorm2d(b), nn.ReLU()]
    theirs = nn.Sequential(*layers).eval()
    theirs.load_state_dict({k.removeprefix("main."): v for k, v in state.items()})
    found, _ = read_generator(files.write(tmp_path, "netG_epoch_3.pth", files.saved(state)))
    gan = checkpoint.Manifest(
        family=found.family, config=found.config, channels=3, dataset="x", source={"file": "x"}
    ).build()
    gan.generator.load_state_dict(dict(found.weights))
    z = torch.randn(4, 5)
    with torch.no_grad():
        assert_close(gan.eval().generator(z), theirs(z[..., None, None]))


def test_tensorflows_pickle_gives_the_same_as_pytorchs(tmp_path):
    """The same numbers under TensorFlow's names and in its order of axes."""
    weights = read_generator(files.write(tmp_path, "y.pkl", pickles.nvidia(pickles.stylegan2())))[
        0
    ].weights
    source = pickles.stylegan2().state["_modules"]
    file = files.write(tmp_path, "x.pkl", pickles.pickled(tensorflow(source)))
    found, _ = read_generator(file)
    assert found.weights.keys() == weights.keys()
    for name, value in weights.items():
        assert_close(found.weights[name], value)


def values(module: pickles.Persistent) -> dict[str, np.ndarray]:
    both = module.state["_parameters"] | module.state["_buffers"]
    return {k: v.detach().numpy() for k, v in both.items()}


def variables(name: str, module: pickles.Persistent) -> list[tuple[str, np.ndarray]]:
    """A convolution's variables, in TensorFlow's order of axes."""
    own, affine = values(module), values(module.state["_modules"]["affine"])
    kernel = own["weight"].transpose(2, 3, 1, 0)
    found = {
        "weight": kernel[::-1, ::-1] if name.endswith("_up") else kernel,
        "bias": own["bias"],
        "mod_weight": affine["weight"].T,
        "mod_bias": affine["bias"] - 1,
    }
    if "noise_strength" in own:
        found["noise_strength"] = own["noise_strength"]
    return [(f"{name}/{k}", np.array(v)) for k, v in found.items()]


def tensorflow(modules: dict[str, pickles.Persistent]) -> tuple[object, ...]:
    """NVIDIA's (G, D, Gs) with the numbers of the generator of `pickles.stylegan2`."""
    blocks = modules["synthesis"].state["_modules"]
    names = {
        f"{block[1:]}x{block[1:]}/{theirs if block != 'b4' or ours == 'torgb' else 'Conv'}": module
        for block, parent in blocks.items()
        for ours, theirs in (("conv0", "Conv0_up"), ("conv1", "Conv1"), ("torgb", "ToRGB"))
        if (module := parent.state["_modules"].get(ours))
    }
    synthesis = [("4x4/Const/const", values(blocks["b4"])["const"][None])]
    for name, module in names.items():
        synthesis += variables(name, module)
    noises = [v["noise_const"] for v in map(values, names.values()) if "noise_const" in v]
    synthesis += [(f"noise{i}", noise[None, None]) for i, noise in enumerate(noises)]
    mapping = []
    for name, module in modules["mapping"].state["_modules"].items():
        dense = values(module)
        mapping += [(f"Dense{name[2:]}/weight", np.array(dense["weight"].T))]
        mapping += [(f"Dense{name[2:]}/bias", dense["bias"])]
    network = pickles.TensorFlowNetwork
    whole = network(
        version=4,
        variables=[("dlatent_avg", values(modules["mapping"])["w_avg"])],
        components={
            "mapping": network(variables=mapping, components={}),
            "synthesis": network(variables=synthesis, components={}),
        },
        static_kwargs={"resolution": 16, "conv_clamp": 256},
    )
    return network(version=4), network(version=4), whole


def test_every_imported_family_has_a_page_and_is_not_offered_for_training():
    from gan_studio.gans import families

    assert not families.IMPORTED.keys() & families.FAMILIES.keys()
    for name, family in families.IMPORTED.items():
        assert "https://arxiv.org" in family.paper
        assert len(family.summary) > 200
        assert not family.gan.trainable
        with pytest.raises(ValueError, match=mentions(name)):
            families.family(name)


def test_an_imported_generator_is_not_trained():
    gan = stylegan2_ada.StyleGAN2ADA(stylegan2_ada.Config(image_size=8, most_channels=4), 3)
    assert not gan.trainable
    with pytest.raises(ValueError, match=mentions("discriminator")):
        gan.optimizers()
