"""Files that a Space reads here: the README's front matter, the requirements, the entry."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import gradio
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
KEYS = {
    *("title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version", "app_file"),
    *("license", "short_description", "suggested_hardware", "tags", "hf_oauth", "hf_oauth_scopes"),
    *("models", "datasets", "pinned", "preload_from_hub", "startup_duration_timeout", "thumbnail"),
}
"""of https://huggingface.co/docs/hub/spaces-config-reference, those that a studio may need"""
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}


@pytest.fixture(scope="module")
def front() -> dict[str, object]:
    _, text, _ = (ROOT / "README.md").read_text("utf-8").split("---\n", 2)
    return yaml.safe_load(text)


def test_the_front_matter_has_what_a_space_needs(front):
    assert front.keys() <= KEYS
    assert {"title", "emoji", "sdk", "sdk_version", "python_version", "app_file"} <= front.keys()
    assert front["sdk"] == "gradio"
    assert {front["colorFrom"], front["colorTo"]} <= COLOURS
    assert len(front["short_description"]) <= 60  # more is refused
    assert (ROOT / front["app_file"]).is_file()
    assert front["license"] == "mit"
    assert (ROOT / "LICENSE").read_text().startswith("MIT")


def test_the_space_runs_the_gradio_that_is_tested(front):
    assert front["sdk_version"] == gradio.__version__


def test_the_python_of_the_space_is_one_that_zerogpu_has_and_the_project_takes(front):
    assert front["python_version"] == "3.12"  # a string: YAML reads 3.10 as 3.1
    said = re.search(r'requires-python = "(.*)"', (ROOT / "pyproject.toml").read_text())
    assert said
    assert Requirement(f"x{said[1]}").specifier.contains(f"{front['python_version']}.0")


def test_the_requirements_can_be_installed_beside_the_gradio_of_the_space(front):
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    known = {Requirement(line).name: Requirement(line) for line in lines}
    assert known["gradio"].specifier.contains(Version(front["sdk_version"]))
    assert "safetensors" in known  # huggingface_hub does not bring it
    assert not any("://" in line or line.startswith("-") for line in lines)


def test_the_readme_still_reads_well_where_front_matter_is_none(front):
    text = (ROOT / "README.md").read_text("utf-8")
    assert re.search(r"^---\n(?:[a-zA-Z_]+: .*\n)+---\n\n# GAN Studio\n", text)


def test_the_entry_imports_spaces_before_anything_that_could_wake_a_gpu():
    code = (
        "import sys, types; seen = []\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None): seen.append(name)\n"
        "sys.meta_path.insert(0, Finder()); sys.argv = ['app.py']\n"
        "try: exec(open('app.py').read().split('from gan_studio')[0])\n"
        "finally: print(seen.index('spaces'), 'torch' in seen, 'gradio' in seen)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split()[1:] == ["False", "False"]


def test_the_page_is_built_where_spaces_is_not_installed():
    code = "import app; print(type(app.demo).__name__)"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split()[-1] == "Page"
