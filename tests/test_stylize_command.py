"""The command `gan-studio stylize`: what it writes, and the one sentence with which it refuses."""

from __future__ import annotations

import os
import re
import signal
import threading
from pathlib import Path

import numpy as np
import pytest
from mentions import mentions
from PIL import Image
from toy_painter import RecordingPainter, picture, tiny

from gan_studio.cli.main import main
from gan_studio.style_transfer import StyleConfig
from gan_studio.style_transfer import painter as painting
from gan_studio.style_transfer.painter import Painter

QUICK = ["--size", "64", "--steps", "2"]


@pytest.fixture(autouse=True)
def painter(monkeypatch) -> None:
    monkeypatch.setattr("gan_studio.studio.studio.Painter", lambda _: Painter("cpu", tiny))


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A content and two styles."""
    paths = [tmp_path / name for name in ("content.jpg", "a.png", "b.webp")]
    for i, path in enumerate(paths):
        picture(seed=i).save(path)
    return [str(path) for path in paths]


def refused(capsys: pytest.CaptureFixture, *arguments: object) -> str:
    with pytest.raises(SystemExit) as end:
        main(["stylize", *map(str, arguments)])
    assert end.value.code == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_a_painting_carries_its_recipe(files, tmp_path, capsys):
    output = tmp_path / "new" / "out.png"
    flags = ["--style-weights", "1,2", "--tv-weight", "0.5", "--colours", "matched", "--seed", "7"]
    main(["stylize", *files, "--output", str(output), *QUICK, *flags])
    recipe = painting.recipe_of(output)
    assert recipe.config == StyleConfig(size=64, steps=2, smoothness=0.5, colours="matched", seed=7)
    assert recipe.content == painting.fingerprint(files[0])
    assert recipe.styles == tuple(painting.fingerprint(path) for path in files[1:])
    assert recipe.style_weights == (1, 2)
    assert recipe.steps_done > 0
    said = capsys.readouterr()
    assert re.match(mentions(f"{recipe.steps_done} {output}"), said.out)
    assert "content" in said.err


@pytest.mark.parametrize(
    ("name", "kind"), [("a.jpg", "JPEG"), ("a.JPEG", "JPEG"), ("a.webp", "WEBP")]
)
def test_other_formats_are_written(files, tmp_path, name, kind):
    main(["stylize", *files[:2], "--output", str(tmp_path / name), *QUICK])
    with Image.open(tmp_path / name) as written:
        assert (written.format, written.size) == (kind, (64, 51))


def test_strength_nought_is_the_content(files, tmp_path):
    output = tmp_path / "out.png"
    main(["stylize", *files[:2], "--output", str(output), *QUICK, "--strength", "0"])
    with Image.open(files[0]) as content, Image.open(output) as written:
        wanted = content.convert("RGB").resize((64, 51), Image.Resampling.LANCZOS)
        assert written.tobytes() == wanted.tobytes()


def test_a_mask_stands_in_the_recipe(files, tmp_path):
    mask, output = tmp_path / "mask.png", tmp_path / "out.png"
    Image.new("L", (10, 10), 255).save(mask)
    main(["stylize", *files[:2], "--output", str(output), *QUICK, "--mask", str(mask)])
    assert painting.recipe_of(output).mask == painting.fingerprint(mask)


def test_ctrl_c_stops_and_keeps_the_picture(files, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("gan_studio.studio.studio.Painter", lambda _: RecordingPainter(0.02))
    threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGINT]).start()
    output = tmp_path / "out.png"
    main(["stylize", *files[:2], "--output", str(output), "--size", "64", "--steps", "9999"])
    recipe = painting.recipe_of(output)
    assert 0 < recipe.steps_done < 9999
    assert re.match(mentions(recipe.steps_done), capsys.readouterr().out)


SENTENCES = [
    (["--output", "a.gif"], "--output .png .jpg"),
    (["--output", "a.png", "--strength", "2"], "strength 1 2"),
    (["--output", "a.png", "--style-weights", "1,x"], "weights x"),
    (["--output", "a.png", "--style-weights", "1,2"], "1 2 weights"),
    (["--output", "a.png", "--style-weights", "0"], "weights"),
    (["--output", "a.png", "--style-weights=-1"], "weights"),
    (["--output", "a.png", "--style-weights", "nan"], "weights"),
    (["--output", "a.png", "--steps", "0"], "steps 0"),
    (["--output", "a.png", "--content-weight", "nan"], "content_weight nan"),
    (["--output", "a.png", "--tv-weight=-1"], "smoothness -1"),
    (
        ["--output", "a.png", "--content-weight", "0", "--style-weight", "0"],
        "content style 0",
    ),
    (["--output", "a.png", "--mask", "nowhere.png"], "nowhere.png"),
]


@pytest.mark.parametrize(("flags", "named"), SENTENCES, ids=lambda value: str(value)[:40])
def test_mistakes_are_answered_with_a_sentence(files, capsys, flags, named):
    assert re.match(mentions(named), refused(capsys, *files[:2], *flags))


def test_files_that_are_no_pictures_are_refused(files, tmp_path, capsys):
    bad = tmp_path / "bad.png"
    bad.write_text("no picture")
    output = ["--output", tmp_path / "out.png", *QUICK]
    assert "bad.png" in refused(capsys, bad, files[1], *output)
    picture().save(tmp_path / "a.gif")
    said = refused(capsys, files[0], tmp_path / "a.gif", *output)
    assert re.match(mentions("a.gif PNG JPEG WebP"), said)
    whole = Path(files[1]).read_bytes()
    bad.write_bytes(whole[: len(whole) // 2])
    assert "bad.png" in refused(capsys, files[0], bad, *output)
    assert "none.png" in refused(capsys, tmp_path / "none.png", files[1], *output)
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_a_mask_of_white_on_nothing_is_painted_where_it_is_white(files, tmp_path, mode):
    picture(64, 64).save(files[0], quality=100)
    strokes = Image.new("LA", (64, 64), (255, 0))
    strokes.paste((255, 255), (32, 0, 64, 64))
    strokes.convert(mode).save(tmp_path / "mask.png")
    flags = ["--mask", str(tmp_path / "mask.png"), "--init", "noise"]
    main(["stylize", *files[:2], "--output", str(tmp_path / "out.png"), *QUICK, *flags])
    with Image.open(files[0]) as content, Image.open(tmp_path / "out.png") as painted:
        before, after = (np.asarray(seen.convert("RGB"), float) for seen in (content, painted))
    apart = np.abs(before - after).max((0, 2))
    assert apart[:28].max() <= 1
    assert apart[36:].max() > 10
