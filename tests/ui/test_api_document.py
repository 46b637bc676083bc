"""docs/api.md: it names all endpoints, and what it shows works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from toy_painter import picture

DOCUMENT = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (.+)\n((?:(?!## ).*\n)*)", DOCUMENT, re.MULTILINE))
ROW = re.compile(r"^\| `(/\w+)` \| (.+) \| (.+) \|$", re.MULTILINE)
NAME = re.compile(r"`([a-z_]+)`")
DIRECTION = re.compile(r"d\d+")
STUDIO = "http://127.0.0.1:7860"


def snippets(section: str, language: str) -> str:
    """All of a section, one after the other."""
    found = re.findall(rf"^```{language}\n(.*?)^```", SECTIONS[section], re.MULTILINE | re.DOTALL)
    return "\n".join(found)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of which the document speaks."""
    monkeypatch.chdir(tmp_path)
    picture(seed=1).save("photo.png")
    picture(seed=2).save("painting.jpg")
    with zipfile.ZipFile("pictures.zip", "w") as packed:
        for i in range(16):
            picture(seed=i).save("one.png")
            packed.write("one.png", f"{i}.png")
    return tmp_path


def test_the_tables_name_every_endpoint_with_all_that_it_takes_and_gives():
    from gan_studio.ui import build

    real = build().get_api_info()["named_endpoints"]
    rows = {name: (takes, gives) for name, takes, gives in ROW.findall(DOCUMENT)}
    assert rows.keys() == real.keys()
    for name, (takes, gives) in rows.items():
        names = {parameter["parameter_name"] for parameter in real[name]["parameters"]}
        assert {n for n in names if not DIRECTION.fullmatch(n)} == set(NAME.findall(takes))
        assert [result["label"] for result in real[name]["returns"]] == NAME.findall(gives)


@pytest.mark.slow
@pytest.mark.parametrize("section", [name for name in SECTIONS if snippets(name, "python")])
def test_what_it_shows_in_python_works(section: str, address: str, desk: Path):
    program = snippets(section, "python").replace(STUDIO, address.rstrip("/"))
    exec(compile(program, section, "exec"), {})


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("curl"), reason="There is no curl here.")
def test_what_it_shows_for_curl_works(style_address: str, desk: Path):
    script = snippets("curl", "bash").replace(STUDIO, style_address.rstrip("/"))
    shell = ["bash", "-euo", "pipefail", "-c", script]
    told = subprocess.run(shell, env=dict(os.environ), check=True, capture_output=True, text=True)
    assert told.stdout.count("event: complete") == 2
    assert Path("picture.png").read_bytes().startswith(b"\x89PNG")
