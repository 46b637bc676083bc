"""The command line: what it writes, and the one sentence with which it refuses."""

import functools
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from mentions import mentions
from PIL import Image, ImageSequence

import gan_studio
from gan_studio.cli.main import main
from gan_studio.gans import checkpoint
from gan_studio.gans.families import FAMILIES
from gan_studio.images import files as image_files
from gan_studio.studio.studio import Studio

TOY = ["--image-size", "16", "--latent-dim", "12", "--batch-size", "16", "--width", "8"]


def train(output: Path, *flags: str) -> list[str]:
    return ["train", "gan", "--dataset", "digits", "--output", str(output), *TOY, *flags]


def refused(capsys: pytest.CaptureFixture, *arguments: object) -> str:
    """The one line on stderr with which the command line refuses."""
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    assert end.value.code == 2
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    lines = err.strip().splitlines()
    assert len(lines) == 1, err
    return lines[0]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model trained by the command line."""
    output = tmp_path_factory.mktemp("cli") / "run"
    main(train(output, "--steps", "20"))
    return output


def test_training_says_where_the_model_is(tmp_path, capsys):
    main(train(tmp_path / "a", "--steps", "3"))
    said = capsys.readouterr()
    assert str(tmp_path / "a") in said.out
    assert "images/s" in said.err
    assert vars(checkpoint.load_manifest(tmp_path / "a").config)["latent_dim"] == 12


def test_a_grid_of_samples(run, tmp_path):
    main(["sample", str(run), "--count", "9", "--seed", "4", "--output", str(tmp_path / "d/a.png")])
    assert image_files.load(tmp_path / "d/a.png").size == (3 * 18 - 2, 3 * 18 - 2)


def test_a_label_is_asked_for_by_a_flag(models, tmp_path):
    for name, flags in (("a", []), ("b", ["--label", "4"])):
        output = ["--count", "5", "--output", str(tmp_path / f"{name}.npz")]
        main(["sample", str(models / "cgan-digits"), *output, *flags])
    with np.load(tmp_path / "a.npz") as a, np.load(tmp_path / "b.npz") as b:
        alike = (a["arr_0"] == b["arr_0"]).all((1, 2, 3))
    assert alike.tolist() == [False, False, False, False, True]


@pytest.mark.parametrize("name", ["a.npz", "a.NPZ"])
def test_an_array_of_samples(run, tmp_path, name):
    command = ["sample", str(run), "--count", "5", "--output", str(tmp_path / name)]
    main(command)
    with np.load(tmp_path / name) as archive:
        first = archive["arr_0"]
    assert first.shape == (5, 16, 16, 1)
    assert first.dtype == np.uint8
    main([*command, "--seed", "1"])
    with np.load(tmp_path / name) as archive:
        assert not np.array_equal(archive["arr_0"], first)


@pytest.mark.parametrize("ending", ["webp", "gif"])
def test_a_loop(run, tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    main(["interpolate", str(run), "--seeds", "1, 2", "--frames", "6", "--output", str(path)])
    with Image.open(path) as animation:
        assert len(list(ImageSequence.Iterator(animation))) == 6


def test_resuming_goes_on_and_a_finished_run_says_so(tmp_path, capsys):
    main(train(tmp_path / "a", "--steps", "10"))
    main(train(tmp_path / "a", "--steps", "20", "--resume"))
    main(train(tmp_path / "a", "--steps", "20", "--resume"))
    said = capsys.readouterr().out.splitlines()
    for step, line in zip((10, 20, 20), said, strict=True):
        assert re.match(mentions(step), line)
    assert len((tmp_path / "a/history.csv").read_text().splitlines()) == 3


def test_the_table_of_models(capsys):
    main(["models"])
    assert capsys.readouterr().out.split()[:2] == ["name", "family"]


def test_resuming_with_another_flag_is_refused(run, capsys):
    said = refused(capsys, *train(run, "--resume", "--width", "9"))
    assert re.match(mentions("width 8 9"), said)


def test_training_over_a_model_is_refused(run, capsys):
    assert str(run) in refused(capsys, *train(run))


def test_resuming_nothing_is_refused(tmp_path, capsys):
    said = refused(capsys, *train(tmp_path / "a", "--resume"))
    assert str(tmp_path / "a") in said


def test_a_model_that_is_none_is_refused(tmp_path, capsys):
    output = ["--output", tmp_path / "a.png"]
    assert re.match(mentions("x gan-mnist"), refused(capsys, "sample", "x", *output))
    assert "config.json" in refused(capsys, "sample", tmp_path, *output)


def test_a_damaged_model_is_refused(run, tmp_path, capsys):
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((run / name).read_bytes()[:700])
    said = refused(capsys, "sample", tmp_path, "--output", tmp_path / "a.png")
    assert "config.json" in said
    assert not (tmp_path / "a.png").exists()


KNOWN = " ".join(FAMILIES)
SENTENCES = [
    (["train", "x"], f"x {KNOWN}"),
    (["train"], KNOWN),
    (["frobnicate"], "frobnicate train"),
    (["sample", "m", "--output", "a.jpg"], "--output .png .npz .jpg"),
    (["sample", "m", "--output", "a"], "--output .png .npz"),
    (["interpolate", "m", "--output", "a.avi"], "--output .webp .gif .mp4 .avi"),
    (["sample", "gan-mnist", "--output", "a\0b.png"], "--output null"),
    (["sample", "", "--output", "a.png"], "model '' gan-mnist"),
    (["sample", "gan-mnist", "--output", "a.png", "--count", "1.5"], "--count whole number '1.5'"),
    (["sample", "gan-mnist", "--output", "a.png", "--psi", "x"], "--psi number 'x'"),
    (["train", "gan", "--dataset", "digits", "--output", ""], "--output"),
    (["train", "gan", "--dataset", "digits", "--output= "], "--output"),
    (["train", "gan", "--dataset", "", "--output", "none"], "data set '' digits"),
    (["card"], "models"),
    (["import", "", "--output", "none"], "file ''"),
    (["import", "https://[bad/x.pkl", "--output", "none"], "https://[bad/x.pkl"),
    (["attributes", "stylegan2-celeba", "--count", "5"], "count 500 100000 5"),
    (["attributes", "stylegan2-celeba", "--rounds", "-1"], "rounds 0 10000 -1"),
    (["attributes", "gan-mnist"], "gan-mnist grey colour"),
    (["interpolate", "m", "--output", "a.gif", "--seeds", "1,x"], "--seeds"),
    (
        ["train", "gan", "--dataset", "x", "--output", "y"],
        "x",
    ),
]


@pytest.mark.parametrize(("arguments", "named"), SENTENCES, ids=lambda value: str(value)[:40])
def test_mistakes_are_answered_with_a_sentence(capsys, arguments, named):
    assert re.match(mentions(named), refused(capsys, *arguments))


NUMBERS = [
    ("sample", ["--count", "0"], "count 100000 0"),
    ("sample", ["--seed", "-1"], "seed 4294967295 -1"),
    ("sample", ["--psi", "nan"], "psi 2 nan"),
    ("sample", ["--psi", "inf"], "psi 2 inf"),
    (
        "sample",
        ["--label", "3"],
        "run label",
    ),
    (
        "interpolate",
        ["--label", "3"],
        "run label",
    ),
    ("interpolate", ["--frames", "1"], "frames 1"),
    ("interpolate", ["--seeds", "5"], "keyframes"),
    ("interpolate", ["--seeds", "1,-2"], "seed -2"),
]


@pytest.mark.parametrize(("command", "flags", "named"), NUMBERS, ids=str)
def test_senseless_numbers_are_answered_with_a_sentence(
    run, tmp_path, capsys, command, flags, named
):
    output = tmp_path / ("a.png" if command == "sample" else "a.webp")
    said = refused(capsys, command, run, "--output", output, *flags)
    assert re.match(mentions(named), said)
    assert not output.exists()


SIZES = [
    ("gan", ["--batch-size", "0"], "batch_size 0"),
    ("gan", ["--steps", "0"], "steps 0"),
    ("gan", ["--seed", "9" * 30], "seed"),
    (
        "dcgan",
        ["--image-size", "33"],
        "size 8 256 33",
    ),
    ("gan", ["--learning-rate", "nan"], "learning_rate nan"),
    ("gan", ["--learning-rate", "1e30", "--latent-dim", "4"], "step"),
]


@pytest.mark.parametrize(("family", "flags", "named"), SIZES, ids=str)
def test_trainings_that_cannot_be_are_answered_with_a_sentence(
    tmp_path, capsys, family, flags, named
):
    small = ["--width", "4", "--image-size", "8"]
    arguments = ["train", family, "--dataset", "digits", "--output", str(tmp_path / "a")]
    with pytest.raises(SystemExit) as end:
        main([*arguments, *small, *flags])
    *_, said = capsys.readouterr().err.splitlines()  # behind what was loaded and the progress
    assert end.value.code == 2
    assert re.match(mentions(named), said)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "models train sample"),
        (["train"], KNOWN),
        (["sample", "gan-mnist"], "sample --output"),
        (
            ["sample", "a", "--output", "a.png", "--count", "b"],
            "--count b",
        ),
        (
            ["train", "gan", "--dataset", "a", "--output", "b", "--bogus", "3"],
            "--bogus 3",
        ),
    ],
    ids=str,
)
def test_flags_that_make_no_sense_are_answered_with_a_sentence(capsys, arguments, named):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    said = capsys.readouterr().err
    assert end.value.code == 2
    assert re.match(mentions(named), said)
    assert said.count("\n") == 1


def test_a_damaged_model_leaves_the_others_in_the_table(models, tmp_path, capsys, monkeypatch):
    shutil.copytree(models, tmp_path / "models")
    (tmp_path / "models/gan-digits/model.safetensors").write_bytes(b"torn")
    monkeypatch.setattr(
        "gan_studio.cli.models.Studio", functools.partial(Studio, tmp_path / "models")
    )
    main(["models"])
    said = capsys.readouterr()
    assert "dcgan-digits" in said.out
    assert "gan-digits/model.safetensors" in said.err


def test_files_that_are_no_pictures_are_named_and_left_out(tmp_path, capsys):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(3):
        Image.new("L", (9 + i, 9), 80 * i).save(folder / f"{i}.png")
    (folder / "notes.png").write_text("no picture")
    small = ["--width", "4", "--image-size", "8", "--steps", "1"]
    main(["train", "gan", "--dataset", str(folder), "--output", str(tmp_path / "run"), *small])
    said = capsys.readouterr().err
    assert re.match(mentions("pictures 3 grey notes.png"), said)


def test_a_disk_that_takes_no_files_is_answered_with_a_sentence(run, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    said = refused(capsys, "sample", run, "--output", tmp_path / "file/a.png")
    assert str(tmp_path / "file") in said


def started(output: Path) -> subprocess.Popen[str]:
    """A real training process, past its first saving."""
    command = [sys.executable, "-m", "gan_studio", *train(output, "--steps", "1000000")]
    root = Path(gan_studio.__file__).parent.parent
    process = subprocess.Popen(
        command,
        cwd=root,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    late = time.monotonic() + 300
    while not (output / "model.safetensors").exists():
        assert process.poll() is None
        assert time.monotonic() < late
        time.sleep(0.05)
    return process


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT can be sent to another process")
def test_ctrl_c_saves_and_stops(tmp_path, capsys):
    process = started(tmp_path / "run")
    time.sleep(0.3)  # some steps
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    step = int(re.findall(r"\d+", out)[0])
    assert checkpoint.load_model(tmp_path / "run")[1].training["steps"] == step
    main(train(tmp_path / "run", "--steps", str(step + 5), "--resume"))
    assert re.match(mentions(step + 5), capsys.readouterr().out)
    assert image_files.load(tmp_path / "run/samples.png").mode == "L"
