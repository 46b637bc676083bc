"""Files are written whole or not at all, and what cannot be written is known beforehand."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from toy_painter import RecordingPainter, picture

from gan_studio.cli.main import main
from gan_studio.core import files
from gan_studio.images import files as image_files
from gan_studio.studio.studio import Studio
from tools import train_networks


@contextmanager
def small_disk(size: int) -> Iterator[None]:
    """No file may have more bytes: the system refuses them as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_stood_there_survives_a_full_disk_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"older")
    with small_disk(1000), pytest.raises(OSError, match=r"a\.bin") as error:
        files.write_atomic(path, bytes(5000))
    assert error.value.filename == str(path)
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_fails_leaves_what_stood_there(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"older")
    lines: list[Any] = [b"half", "no bytes"]
    with pytest.raises(TypeError), files.open_atomic(path) as file:
        file.writelines(lines)
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_one_and_long_names_are_written(tmp_path):
    real, link, long = tmp_path / "real", tmp_path / "link", tmp_path / ("x" * 250 + ".png")
    link.symlink_to(real)
    for path in (link, long):
        files.write_atomic(path, b"new")
        assert path.read_bytes() == b"new"
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_places_that_take_files_are_let_through_and_left_as_they_are(tmp_path):
    (tmp_path / "there.png").write_bytes(b"older")
    files.require_writable(tmp_path / "there.png", tmp_path / "new.png", tmp_path / "a" / "b" / "c")
    assert [path.name for path in tmp_path.iterdir()] == ["there.png"]
    assert (tmp_path / "there.png").read_bytes() == b"older"


def obstacles(root: Path) -> list[Path]:
    """Below a file, a folder, too long a name or folder, a link to itself, no ordinary file."""
    (root / "file").write_bytes(b"")
    (root / "folder.png").mkdir()
    (root / "loop.png").symlink_to(root / "loop.png")
    below = [root / "file" / "x.png", root / "file" / "y" / "x.png"]
    long = [root / ("x" * 300 + ".png"), root / ("x" * 300) / "x.png"]
    return [*below, root / "folder.png", *long, root / "loop.png", Path("/dev/null")]


def test_places_that_take_no_file_are_refused(tmp_path):
    for path in obstacles(tmp_path):
        with pytest.raises(ValueError, match="--output") as error:
            files.require_writable(tmp_path / "good.png", path, field="--output")
        assert str(path) in str(error.value)


def test_a_disk_without_room_is_refused(tmp_path):
    with small_disk(100), pytest.raises(ValueError, match=r"a\.png"):
        files.require_writable(tmp_path / "a.png")


def refused(capsys: pytest.CaptureFixture, *words: object) -> str:
    given = [str(word) for word in words]
    command = (
        partial(train_networks.main, given[1:]) if given[0] == "tools" else partial(main, given)
    )
    with pytest.raises(SystemExit) as end:
        command()
    assert end.value.code == 2
    return capsys.readouterr().err.strip().splitlines()[-1]  # above it may stand a progress bar


@pytest.mark.parametrize(
    "words",
    [
        ("sample", "nowhere", "--output", "{}/a.png"),
        ("sample", "nowhere", "--output", "{}/a.npz"),
        ("interpolate", "nowhere", "--output", "{}/a.webp"),
        ("project", "nowhere", "nothing.png", "--output", "{}"),
        ("project", "nowhere", "nothing.png", "--output", "{}/new"),
        ("stylize", "nothing.png", "nothing.png", "--output", "{}/a.png"),
        ("train", "gan", "--dataset", "nothing", "--output", "{}/run"),
        ("tools", "digits", "--dataset", "nothing", "--output", "{}"),
        ("tools", "faces", "--dataset", "nothing", "--output", "{}"),
        ("tools", "perceptual", "nothing", "--teacher", "nothing", "--output", "{}"),
    ],
)
def test_an_output_that_cannot_be_written_is_refused_before_anything_else(tmp_path, capsys, words):
    file = tmp_path / "file"
    file.write_bytes(b"mine")
    assert str(file) in refused(capsys, *(word.format(file) for word in words))
    assert file.read_bytes() == b"mine"


def test_a_command_that_is_refused_for_another_reason_leaves_no_folder(tmp_path, capsys):
    for words in (("sample", "nowhere"), ("stylize", "nothing.png", "nothing.png")):
        refused(capsys, *words, "--output", tmp_path / "new" / "a.png")
    assert not list(tmp_path.iterdir())


def test_no_step_is_painted_for_a_folder_that_is_named_as_a_picture(tmp_path, capsys, monkeypatch):
    painter = RecordingPainter()
    monkeypatch.setattr("gan_studio.studio.studio.Painter", lambda _: painter)
    (tmp_path / "out.png").mkdir()
    picture().save(tmp_path / "in.png")
    words = ["stylize", *[tmp_path / "in.png"] * 2, "--output", tmp_path / "out.png"]
    assert str(tmp_path / "out.png") in refused(capsys, *words)
    assert not painter.ended.is_set()


def test_an_older_painting_survives_a_disk_that_became_full(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("gan_studio.studio.studio.Painter", lambda _: RecordingPainter())
    output = tmp_path / "out.png"
    for name in ("in.png", "out.png"):
        picture(200, 200).save(tmp_path / name)
    older = output.read_bytes()
    words = ["stylize", *[tmp_path / "in.png"] * 2, "--output", output]
    with small_disk(5000):  # a block fits, the painting does not
        said = refused(capsys, *words, "--size", "128", "--steps", "2")
    assert str(output) in said
    assert output.read_bytes() == older
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.png", "out.png"]


def test_a_picture_too_long_for_its_kind_is_refused_before_it_is_painted(tmp_path, capsys):
    Image.new("RGB", (16_400, 40)).save(tmp_path / "long.png")
    for name in ("long.webp", "b.webp"):
        words = ["stylize", *[tmp_path / "long.png"] * 2, "--output", tmp_path / name]
        assert name in refused(capsys, *words, "--size", "0", "--steps", "1")


def test_numbers_are_not_measured_where_they_cannot_be_recorded(tmp_path, models):
    shutil.copytree(models / "gan-digits", tmp_path / "model")
    (tmp_path / "model" / "README.md").unlink(missing_ok=True)
    (tmp_path / "model" / "README.md").mkdir()
    studio = Studio(tmp_path, "cpu")
    with pytest.raises(ValueError, match="README"):
        next(studio.evaluate(["model"], "nowhere", record=True))
    (tmp_path / "model" / "sliders.json").mkdir()
    with pytest.raises(ValueError, match=r"sliders\.json"):
        next(studio.name_sliders("model", 500, 10, 0, 0))


def test_networks_that_look_are_not_trained_for_nothing(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    nothing, output = tmp_path / "nothing", tmp_path / "file"
    trainings = (
        train_networks.digits("nowhere", output),
        train_networks.face_attributes("nowhere", output),
        train_networks.perceptual(nothing, [nothing], output, 1),
    )
    for training in trainings:
        with pytest.raises(ValueError, match="file"):
            next(training)


def test_a_table_of_arrays_is_written_whole_too(tmp_path, models, monkeypatch):
    output = tmp_path / "a.npz"
    output.write_bytes(b"older")
    model = str(models / "gan-digits")
    with small_disk(5000), pytest.raises(SystemExit):
        main(["sample", model, "--output", str(output), "--count", "600"])
    assert output.read_bytes() == b"older"
    main(["sample", model, "--output", str(output), "--count", "3"])
    with np.load(output) as arrays:
        assert arrays["arr_0"].shape == (3, 16, 16, 1)


def test_an_animation_is_written_whole_too(tmp_path, models):
    output = tmp_path / "a.webp"
    output.write_bytes(b"older")
    words = ["interpolate", str(models / "gan-digits"), "--output", str(output)]
    with small_disk(5000), pytest.raises(SystemExit):
        main(words)
    assert output.read_bytes() == b"older"


def test_a_picture_goes_to_a_file_as_it_is_encoded(tmp_path):
    image_files.save(picture(), tmp_path / "new" / "a.png")
    assert (tmp_path / "new" / "a.png").read_bytes() == image_files.encode_png(picture())
