"""Other people's generators: recognised by content, imported, drawn as published."""

import argparse
import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import published_files as files
import pytest
import torch
from mentions import mentions
from torch import nn
from torch.testing import assert_close

from gan_studio.core.limits import PUBLIC
from gan_studio.gans import checkpoint
from gan_studio.gans.base import LatentGAN
from gan_studio.gans.families import stylegan2_ada, stylegan3
from gan_studio.images.edits import Edits
from gan_studio.images.recipe import Recipe, mixture
from gan_studio.models.importing import import_model
from gan_studio.models.importing.files import MAX_BYTES, read
from gan_studio.studio import Studio

KINDS = {
    "stylegan2": lambda: files.nvidia(files.stylegan2()),
    "stylegan2-labelled": lambda: files.nvidia(files.stylegan2(classes=3)),
    "stylegan2-grey": lambda: files.nvidia(files.stylegan2(channels=1)),
    "stylegan3-t": lambda: files.nvidia(files.stylegan3_generator()),
    "stylegan3-r": lambda: files.nvidia(files.stylegan3_generator(radial=True, classes=2)),
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
        found = model.gan.seeded(seed, 1)
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
    wanted = files.stylegan2().state["_modules"]["mapping"].state["_buffers"]["w_avg"]
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


def test_a_preview_is_the_whole_picture_where_there_is_time(studio):
    recipe = Recipe(model="stylegan2", seed=2)
    whole = studio.preview(recipe, 60)
    assert whole.complete
    assert (np.asarray(whole.image) == np.asarray(studio.generate(recipe).image)).all()


def test_a_preview_of_little_time_is_smaller_and_looks_alike(tmp_path):
    generator = files.stylegan2(size=128)
    file = files.write(tmp_path, "x.pkl", files.nvidia(generator))
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
    found, _ = read(files.write(tmp_path, "netG_epoch_3.pth", files.saved(state)))
    gan: LatentGAN = checkpoint.Manifest(
        family=found.family, config=found.config, channels=3, dataset="x", source={"file": "x"}
    ).build()
    gan.generator.load_state_dict(dict(found.weights))
    z = torch.randn(4, 5)
    with torch.no_grad():
        assert_close(gan.eval().generator(z), theirs(z[..., None, None]))


def test_tensorflows_pickle_gives_the_same_as_pytorchs(tmp_path, studio):
    """The same numbers under TensorFlow's names and in its order of axes."""
    weights = checkpoint.load_model(files_root(studio) / "stylegan2")[0].generator.state_dict()
    source = files.stylegan2().state["_modules"]
    file = files.write(tmp_path, "x.pkl", files.pickled(tensorflow(source)))
    found, _ = read(file)
    assert found.weights.keys() == weights.keys()
    for name, value in weights.items():
        assert_close(found.weights[name], value)


def files_root(studio: Studio) -> Path:
    return studio.library.roots[0]


def values(module: files.Persistent) -> dict[str, np.ndarray]:
    both = module.state["_parameters"] | module.state["_buffers"]
    return {k: v.detach().numpy() for k, v in both.items()}


def variables(name: str, module: files.Persistent) -> list[tuple[str, np.ndarray]]:
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


def tensorflow(modules: dict[str, files.Persistent]) -> tuple[object, ...]:
    """NVIDIA's (G, D, Gs) with the numbers of the generator of `files.stylegan2`."""
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
    network = files.TensorFlowNetwork
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


def broken(**changes: object) -> bytes:
    """A file whose generator's attributes are others."""
    generator = files.stylegan2()
    generator.state |= changes
    return files.nvidia(generator)


def without(part: str, name: str) -> bytes:
    generator = files.stylegan2()
    del generator.state["_modules"][part].state["_buffers"][name]
    return files.nvidia(generator)


def poisoned(value: torch.Tensor) -> bytes:
    generator = files.stylegan2()
    generator.state["_modules"]["mapping"].state["_buffers"]["w_avg"] = value
    return files.nvidia(generator)


BAD = {
    "a discriminator": (lambda: files.nvidia(files.stylegan2(), G_ema=None), "G_ema"),
    "another record": (
        lambda: files.nvidia(files.Persistent("Transformer", {"w": torch.ones(2)})),
        "Transformer mapping synthesis",
    ),
    "other layers": (
        lambda: files.nvidia(
            files.Persistent(
                "Generator",
                modules={
                    "mapping": files.Persistent("M"),
                    "synthesis": files.Persistent("S", modules={"up_0": files.Persistent("U")}),
                },
            )
        ),
        "up_0 StyleGAN2 StyleGAN3",
    ),
    "a size that is no power of two": (lambda: broken(img_resolution=20), "20"),
    "a size of 4096": (lambda: broken(img_resolution=4096), "4096 1024"),
    "another size than its layers": (lambda: broken(img_resolution=32), "StyleGAN2"),
    "two channels": (lambda: broken(img_channels=2), "2"),
    "another latent": (lambda: broken(z_dim=99), "to_w.layers.0.weight"),
    "no mean style": (lambda: without("mapping", "w_avg"), "mapping.w_avg"),
    "a weight that is no number": (
        lambda: poisoned(torch.full((files.STYLE,), float("nan"))),
        "mapping.w_avg",
    ),
    "mixed types": (lambda: poisoned(torch.zeros(files.STYLE).half()), "float16 float32"),
    "an empty file": (lambda: b"", "empty"),
    "a text": (lambda: b"hello", "pickle"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n", "pickle"),
    "a list": (lambda: files.pickled([1, 2]), "list"),
    "a dictionary": (lambda: files.pickled({"a": 1}), "a"),
    "a damaged zip": (lambda: files.saved({"a": torch.ones(2)})[:-30], "zip"),
    "a state of something else": (
        lambda: files.saved({"encoder.0.weight": torch.ones(2, 2)}),
        "auto-encoder",
    ),
    "DCGAN’s discriminator": (
        lambda: files.saved({"main.0.weight": torch.ones(4, 3, 4, 4)}),
        "DCGAN discriminator",
    ),
    "no tensors": (lambda: files.saved({"epoch": 3}), "epoch"),
    "an expanded tensor": (
        lambda: files.saved(
            {"main.0.weight": torch.ones(1).expand(9), "main.1.running_mean": torch.ones(1)}
        ),
        "main.0.weight",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_another_file_is_refused_with_one_sentence_and_leaves_nothing(tmp_path, what):
    content, words = BAD[what]
    file = files.write(tmp_path, "given.file", content())
    with pytest.raises(ValueError, match=mentions(f"given.file {words}")) as told:
        import_model(file, tmp_path / "out")
    assert "\n" not in str(told.value)
    assert not (tmp_path / "out").exists()


def test_a_module_in_torch_save_is_refused_and_not_run(tmp_path):
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return exec, (files.SOURCE,)

    for legacy in (False, True):
        file = files.write(tmp_path, "x.pt", files.saved({"g_ema": Trap()}, legacy=legacy))
        with pytest.raises(ValueError, match=mentions("x.pt")):
            import_model(file, tmp_path / "out")
    assert not Path("executed").exists()


def test_a_compressed_zip_is_refused(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "x.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/data.pkl", bytes(10**8))
    with pytest.raises(ValueError, match=mentions("x.pt compressed")):
        import_model(tmp_path / "x.pt", tmp_path / "out")


def test_a_file_of_five_gigabytes_is_refused(tmp_path):
    with (tmp_path / "x.pkl").open("wb") as file:
        file.truncate(5 * 10**9)
    with pytest.raises(ValueError, match=mentions(f"x.pkl 5,000,000,000 {MAX_BYTES:,}")):
        import_model(tmp_path / "x.pkl", tmp_path / "out")


def test_an_output_that_exists_is_refused(tmp_path, root):
    with pytest.raises(ValueError, match=mentions("--output")):
        import_model(tmp_path / "x.pkl", root / "stylegan2")


def test_visitors_of_a_public_page_cannot_import(root, tmp_path):
    public = Studio(root, "cpu", limits=PUBLIC)
    with pytest.raises(ValueError, match=mentions("import owner")):
        list(public.import_model(str(tmp_path / "x.pkl"), tmp_path / "out"))


def test_a_source_that_is_nothing_is_refused(studio, tmp_path):
    for source in ("nowhere.pkl", "http://localhost/x.pkl", "ftp://x/y.pkl"):
        with pytest.raises(ValueError, match=mentions("")):
            list(studio.import_model(source, tmp_path / "out"))


def test_known_generators_have_addresses_and_terms(studio):
    known = studio.generators()
    assert len({entry.address for entry in known}) == len(known) > 15
    for entry in known:
        assert entry.address.startswith("https://")
        assert entry.terms


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
    file = files.write(tmp_path, "cats.pkl", files.nvidia(files.stylegan2()))
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
    hub_server.add("user/cats", {"nets/cats.pkl": files.nvidia(files.stylegan2())})
    studio = Studio(tmp_path, "cpu")
    list(studio.import_model("user/cats/nets/cats.pkl", tmp_path / "cats"))
    manifest = studio.library.manifest("cats")
    assert manifest.source["address"] == "user/cats/nets/cats.pkl"
    with pytest.raises(ValueError, match=mentions("user/cats other.pkl")):
        list(studio.import_model("user/cats/other.pkl", tmp_path / "other"))
