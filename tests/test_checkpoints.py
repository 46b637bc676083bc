"""Models on disk, read with suspicion."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch
import toys
from mentions import mentions
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch.nn.functional import cosine_similarity

import gan_studio
from gan_studio.core import files
from gan_studio.core.files import SHIPPED
from gan_studio.gans import checkpoint
from gan_studio.gans.base import LatentGAN
from gan_studio.models.library import Library


@pytest.fixture
def run(models, tmp_path) -> Path:
    """A copy of a model that may be spoilt."""
    return Path(shutil.copytree(models / "gan-digits", tmp_path / "model"))


def assert_refused(run: Path, named: object) -> None:
    with pytest.raises(ValueError, match=mentions(named)) as error:
        checkpoint.load_model(run)
    assert type(error.value) is ValueError
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)


def spoil(run: Path, *keys: str, value: object) -> None:
    """Set one entry of config.json."""
    plain = json.loads((run / "config.json").read_text())
    inner = plain
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    (run / "config.json").write_text(json.dumps(plain))


def rewrite(run: Path, change) -> None:
    """Change the tensors and give them a checksum that fits, as a forger would."""
    tensors = load_file(run / "model.safetensors")
    change(tensors)
    save_file(tensors, run / "model.safetensors", {"sha256": files.digest(tensors)})


def test_a_model_is_loaded_for_drawing(run):
    gan, manifest = checkpoint.load_model(run)
    assert not gan.training
    assert not any(p.requires_grad for p in gan.parameters())
    assert manifest.training["steps"] == 20
    assert manifest.dataset == "digits"


def test_a_manifest_goes_round(run):
    before = checkpoint.load_manifest(run)
    checkpoint.save_manifest(run, before)
    assert checkpoint.load_manifest(run) == before


def test_a_missing_directory_or_file_is_named(run):
    assert_refused(run / "none", "none config.json")
    (run / "model.safetensors").unlink()
    assert_refused(run, "model.safetensors")


@pytest.mark.parametrize("length", [0, 4, 100, 5000, -1])
def test_a_truncated_file_is_damaged(run, length):
    whole = (run / "model.safetensors").read_bytes()
    (run / "model.safetensors").write_bytes(whole[:length])
    assert_refused(run, "model.safetensors")


@pytest.mark.parametrize("place", [-1, -5000])
def test_a_flipped_byte_is_noticed(run, place):
    contents = bytearray((run / "model.safetensors").read_bytes())
    contents[place] ^= 1
    (run / "model.safetensors").write_bytes(contents)
    assert_refused(run, "model.safetensors")


TEXTS = ["", "[]", "3", "null", '"x"', "{", "\xff", "[" * 100_000, "{}", '{"format": 1}']


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:9])
def test_a_config_that_is_none_is_damaged(run, text):
    (run / "config.json").write_bytes(text.encode("latin-1"))
    assert_refused(run, "config.json")


VALUES = {
    "latent_dim": [10**9, 10**30, 0, -1, "32", 1.5, None, [], True, {}],
    "image_size": [10**9, -32, "32", None],
    "width": [10**12, 0, "x"],
    "batch_size": [0, "64"],
    "objective": ["x", None, 3, []],
    "learning_rate": ["x", None],
}
CASES = [(name, value) for name, values in VALUES.items() for value in values]


@pytest.mark.parametrize(("name", "value"), CASES, ids=str)
def test_an_absurd_value_is_refused(run, name, value):
    spoil(run, "config", name, value=value)
    assert_refused(run, "")


@pytest.mark.parametrize("name", ["latent_dim", "width", "image_size"])
def test_another_size_than_that_of_the_weights_does_not_fit(run, name):
    spoil(run, "config", name, value=1024)
    assert_refused(run, "config.json")


OTHERS = [
    ("family", "x", "x gan"),
    ("family", [], "config.json"),
    ("format", 2, "2 1"),
    ("config", [], "config.json"),
    ("config", None, "config.json"),
    ("channels", 2, "channels 2"),
    ("channels", 1.0, "channels 1.0"),
    ("channels", "1", "channels '1'"),
    ("channels", 3, "config.json"),
    ("training", [1], "config.json"),
    ("metrics", 3, "config.json"),
    ("dataset", {}, "config.json"),
]


@pytest.mark.parametrize(("key", "value", "named"), OTHERS, ids=str)
def test_a_manifest_that_makes_no_sense_is_refused(run, key, value, named):
    spoil(run, key, value=value)
    assert_refused(run, named)


def transposed(tensors):
    tensors["generator.0.weight"] = tensors["generator.0.weight"].T.contiguous()


def missing(tensors):
    del tensors["generator.0.weight"]


def whole_numbers(tensors):
    tensors["generator.0.weight"] = tensors["generator.0.weight"].long()


@pytest.mark.parametrize("change", [transposed, missing, whole_numbers])
def test_other_layers_shapes_or_types_do_not_fit(run, change):
    rewrite(run, change)
    assert_refused(run, "config.json")


def test_a_weight_that_is_no_number_is_refused(run):
    rewrite(run, lambda tensors: tensors["generator.0.weight"].fill_(torch.nan))
    assert_refused(run, "model.safetensors")


def test_half_precision_is_read_as_single(run):
    def halve(tensors):
        tensors |= {k: v.half() for k, v in tensors.items() if v.is_floating_point()}

    rewrite(run, halve)
    gan, _ = checkpoint.load_model(run)
    assert {p.dtype for p in gan.parameters()} == {torch.float32}
    gan.preview({"image": torch.zeros(2, 1, 16, 16)})


def test_a_file_in_place_of_a_directory_is_refused(run):
    with pytest.raises(ValueError, match=mentions("config.json")):
        checkpoint.load_manifest(run / "config.json")


def test_a_checksum_covers_names_types_shapes_and_values():
    base = {"a": torch.zeros(2, 3)}
    others = [{"b": torch.zeros(2, 3)}, {"a": torch.zeros(3, 2)}, {"a": torch.zeros(2, 3).int()}]
    others.append({"a": torch.ones(2, 3)})
    digests = {files.digest(tensors) for tensors in [base, *others]}
    assert len(digests) == 5


def test_what_reads_other_peoples_pickles_runs_nothing_in_them():
    folder = Path(gan_studio.__file__).parent / "models" / "importing"
    forbidden = r"Unpickler|pickle\.loads?|\beval\(|\bexec\(|__import__|import_module|getattr\("
    for path in folder.glob("*.py"):
        text = path.read_text("utf-8")
        text = re.sub(r"torch\.load\(path, map_location=\"cpu\", weights_only=True\)", "", text)
        text = text.replace("getattr(stylegan3.Config(), ours)", "")  # a field of our own
        found = re.search(rf"{forbidden}|torch\.load\(", text)
        assert not found, f"{path.name} says {found}"


def test_nothing_is_pickled():
    package = Path(gan_studio.__file__).parent
    for path in package.rglob("*.py"):
        if path.parent.name == "importing":
            continue
        text = path.read_text("utf-8")
        if path.name == "inception.py":  # published as a pickle only: nothing but tensors is let in
            text, loads = re.subn(r"torch\.load\(.*weights_only=True\)|pickle\.Unp\w+", "", text)
            assert loads == 2
            text = re.sub(r"^import pickle$|would execute a pickle", "", text, flags=re.MULTILINE)
        if path.name == "external.py":  # other people's weights, and nothing but tensors
            text, loads = re.subn(r"torch\.load\(.*weights_only=True\)|the pickle makes", "", text)
            assert loads == 2
        found = re.search(r"pickle|torch\.(load|save)\b|joblib|\bshelve\b", text)
        assert not found, f"{path.name} says {found}"


def test_the_models_that_are_shipped_are_intact_and_small():
    for name in Library().names():
        directory = SHIPPED / name
        checkpoint.load_model(directory)
        assert (directory / "model.safetensors").stat().st_size < 10_000_000
        with safe_open(directory / "model.safetensors", "pt") as file:
            assert len(file.metadata()["sha256"]) == 64


EARLIER = """{
  "format": 1,
  "family": "stylegan2",
  "config": {
    "image_size": 16,
    "latent_dim": 12,
    "batch_size": 16,
    "instance_noise": 0.0,
    "noise_steps": 10000,
    "augment": "none",
    "discriminator_rate": 0.0,
    "skip_below": 0.25,
    "r1_gamma": 0.4,
    "r1_share": 0.5,
    "learning_rate": 0.0004,
    "beta1": 0.0,
    "beta2": 0.99,
    "width": 8,
    "most_channels": 192,
    "start_size": 8,
    "grow_steps": 0,
    "style_dim": 128,
    "mapping_layers": 2,
    "noise": false,
    "mixing": 0.5,
    "advice": 1.0
  },
  "channels": 3,
  "dataset": "celeba",
  "classes": 0,
  "training": {
    "steps": 8176,
    "seed": 0,
    "seconds": 4846.0,
    "changes": [
      {
        "step": 976,
        "advice": 0.5
      },
      {
        "step": 1949,
        "r1_gamma": 0.1,
        "skip_below": 0.25
      }
    ]
  },
  "metrics": {}
}
"""
"""a config.json as earlier versions wrote it"""


def test_names_of_earlier_versions_are_read_and_those_of_today_written(tmp_path, capsys):
    (tmp_path / "config.json").write_text(EARLIER)
    manifest = checkpoint.load_manifest(tmp_path)
    assert manifest.config == toys.config(
        "stylegan2", skip_d_below=0.25, r1_gamma=0.4, r1_fraction=0.5, learning_rate=0.0004,
        noise=False, vision_aided=1.0,
    )  # fmt: skip
    assert manifest.training["changes"] == [
        {"step": 976, "vision_aided": 0.5},
        {"step": 1949, "r1_gamma": 0.1, "skip_d_below": 0.25},
    ]
    assert not manifest.unknown
    checkpoint.save_manifest(tmp_path, manifest)
    assert not [
        name for name in checkpoint.OLD_NAMES if name in (tmp_path / "config.json").read_text()
    ]
    assert checkpoint.load_manifest(tmp_path) == manifest
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("changes", [5, "x", [1], {"a": 1}])
def test_changes_that_make_no_sense_are_refused(run, changes):
    spoil(run, "training", "changes", value=changes)
    assert_refused(run, "config.json")


@pytest.mark.parametrize("classes", [0, -1, 1001, 2.0, None, True, "10"])
def test_a_conditional_model_has_classes(models, tmp_path, classes):
    run = Path(shutil.copytree(models / "cgan-digits", tmp_path / "model"))
    spoil(run, "classes", value=classes)
    assert_refused(run, "config.json cgan classes")


def test_an_unconditional_model_has_no_classes(run):
    spoil(run, "classes", value=10)
    assert_refused(run, "config.json gan 10 classes")


def test_a_model_of_before_there_were_classes_is_read(run):
    plain = json.loads((run / "config.json").read_text())
    del plain["classes"]
    (run / "config.json").write_text(json.dumps(plain))
    assert checkpoint.load_model(run)[1].classes == 0


@pytest.mark.parametrize("name", [d.parent.name for d in SHIPPED.glob("*/history.csv")])
def test_no_seed_s_latents_are_rows_of_a_shipped_model_s_weights(name):
    model, manifest = checkpoint.load_model(SHIPPED / name)
    if not isinstance(model, LatentGAN):
        return
    rows = next(p for p in model.generator.parameters() if p.dim() > 1).flatten(1)
    seeds = [0, 1, 2, manifest.training["seed"]]
    z = torch.cat([model.latents(64, torch.Generator().manual_seed(seed)) for seed in seeds])
    if rows.shape[1] != z.shape[1]:
        rows = rows.T  # a transposed convolution's weights begin with its inputs
    if rows.shape[1] == z.shape[1]:
        # Of 10^6 pairs that have nothing to do with each other, one in ten tries reaches 0.6.
        assert cosine_similarity(z[:, None], rows, dim=2).abs().max() < 0.7


def test_what_a_newer_version_says_is_kept_and_not_lost(run):
    plain = json.loads((run / "config.json").read_text())
    plain["config"]["new_knob"], plain["surprise"], plain["unknown"] = 3, {"deep": [1]}, 0
    (run / "config.json").write_text(json.dumps(plain))
    _, manifest = checkpoint.load_model(run)
    assert manifest.unknown == {"config": {"new_knob": 3}, "surprise": {"deep": [1]}, "unknown": 0}
    checkpoint.save_manifest(run, manifest)
    assert json.loads((run / "config.json").read_text()) == plain


def test_a_training_of_a_newer_version_is_resumed_and_loses_nothing(tmp_path):
    list(toys.train(tmp_path / "run", steps=2))
    config = tmp_path / "run/config.json"
    plain = json.loads(config.read_text())
    plain["config"]["new_knob"] = plain["training"]["new_pace"] = 3
    config.write_text(json.dumps(plain))
    state = tmp_path / "run/state.safetensors"
    tensors, said = files.read_tensors(state)
    numbers = json.loads(said["numbers"])
    numbers["config"]["new_knob"] = 3
    state.write_bytes(safetensors.torch.save(tensors, {"numbers": json.dumps(numbers)}))
    list(toys.train(tmp_path / "run", steps=4, resume=True))
    again = json.loads(config.read_text())
    assert (again["training"]["steps"], again["config"]["new_knob"]) == (4, 3)


def test_loading_a_model_does_not_import_torch_s_compiler():
    """It would take seconds, and 170 MB that stay; spectral normalisation used to."""
    code = (
        "import sys; from gan_studio.models.library import Library; library = Library()\n"
        "for name in library.names(): library.get(name)\n"
        "print(sorted({'torch._dynamo', 'sympy'} & sys.modules.keys()))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split()[-1] == "[]"


def test_discriminators_of_before_they_were_normalised_load_as_they_were(tmp_path):
    """They have no layers for it, and their files did not say so."""
    config = toys.translation_config("pix2pix", discriminator_norm=False)
    old = checkpoint.Manifest(family="pix2pix", config=config, channels=3, dataset="maps")
    model = old.build()
    checkpoint.save_model(tmp_path, model, model.generator, old)
    plain = json.loads((tmp_path / "config.json").read_text())
    assert plain["config"].pop("discriminator_norm") is False
    (tmp_path / "config.json").write_text(json.dumps(plain))
    again, manifest = checkpoint.load_model(tmp_path)
    assert manifest.config == config
    assert again.state_dict().keys() == model.state_dict().keys()
