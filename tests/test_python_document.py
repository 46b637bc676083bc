"""docs/python.md: its snippets run, in order, as one program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from toy_painter import picture

from gan_studio.images.files import read_recipe

DOCUMENT = (Path(__file__).parents[1] / "docs" / "python.md").read_text("utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_the_snippets_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    picture(seed=1).save("photo.jpg")
    picture(seed=2).save("painting.jpg")
    names: dict[str, object] = {}
    for number, snippet in enumerate(SNIPPETS, 1):
        exec(compile(snippet, f"snippet {number}", "exec"), names)
    assert len(SNIPPETS) == 13
    written = {"digit.png", "loop.webp", "face.png", "comparison.png", "samples.png"}
    written |= {"translations.png"}
    assert written | {"found.png", "coloured.png", "painted.png"} <= {
        path.name for path in tmp_path.iterdir()
    }
    assert read_recipe("digit.png") == names["recipe"]
    assert read_recipe("found.png").edits.point
