"""A Space from this folder, on a stand-in of the Hub."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hub_server import HubServer
from mentions import mentions

from gan_studio.core.files import SHIPPED
from gan_studio.models import hub
from gan_studio.models.hub.deploy import upload_paths

ROOT = Path(__file__).resolve().parent.parent
START = """
import json
import gan_studio
from PIL import Image
from gan_studio.images.recipe import Recipe
from gan_studio.studio import Studio
from gan_studio.ui import build
studio = Studio(device="cpu")
build(studio).get_config_file()
sizes = {name: studio.generate(Recipe(model=name, seed=1)).image.width for name in studio.models()}
face = studio.generate(Recipe(model="stylegan2-celeba", seed=1)).image
hole = Image.new("L", face.size)
hole.paste(255, (20, 20, 30, 30))
for card in studio.translator_cards():
    if card.task == "repair":
        [made] = studio.inpaint(card.name, face, hole)
    elif card.task == "enlarge":
        made = studio.upscale(face, card.name)
    else:
        made = studio.translate(card.name, face)
    sizes[card.name] = made.image.width
for name in studio.vocoders():
    sizes[name] = len(studio.speak("xylophone", vocoder=name).wave)
print(json.dumps([gan_studio.__file__, sizes]))
"""
"""builds the page and draws a picture of each model that ships, or lets it be heard"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that looks like this one, with all that must stay at home."""
    home = tmp_path / "home"
    goes = ["app.py", "README.md", "requirements.txt", "LICENSE", "gan_studio/__init__.py"]
    goes += ["gan_studio/ui/page.css", "checkpoints/gan-mnist/model.safetensors", "docs/hub.md"]
    stays = [".env", "secrets.json", "runs/gan-1/model.safetensors", ".git/config", "data/x.png"]
    stays += ["gan_studio/__pycache__/a.py", "gan_studio/token.txt", "tests/test_a.py"]
    stays += ["checkpoints/gan-mnist/.config.json.99", "checkpoints/gan-mnist/state.pt"]
    for name in (*goes, *stays):
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\ntitle: {name}\n---\n")
    (home / "docs/outside.md").symlink_to("/etc/passwd")
    return home


def test_a_space_gets_the_studio_and_nothing_that_lies_beside_it(
    hub_server: HubServer, checkout: Path
):
    told = hub.deploy("ada/studio", checkout, hardware="zero-a10g", token="hf_writer")
    space = hub_server.repositories["space", "ada/studio"]
    assert set(space.head) == {
        *(".gitattributes", "app.py", "README.md", "requirements.txt", "LICENSE", "docs/hub.md"),
        *("gan_studio/__init__.py", "gan_studio/ui/page.css"),
        "checkpoints/gan-mnist/model.safetensors",
    }
    assert told == (f"{hub_server.address}/spaces/ada/studio", space.refs["main"])
    assert (space.about["sdk"], space.about["hardware"]) == ("gradio", "zero-a10g")
    assert len(space.commits) == 2


def test_the_second_time_only_what_changed_goes_along(hub_server: HubServer, checkout: Path):
    hub.deploy("ada/studio", checkout, token="hf_writer")
    space = hub_server.repositories["space", "ada/studio"]
    space.commit({**space.head, "own.txt": b"kept", "gan_studio/gone.py": b"old"})
    uploads = sum(method == "PUT" for method, _ in hub_server.asked)
    (checkout / "app.py").write_text("new")
    hub.deploy("ada/studio", checkout, hardware="t4-small", token="hf_writer")
    assert space.head["app.py"] == b"new"
    assert space.head["own.txt"] == b"kept"
    assert "gan_studio/gone.py" not in space.head
    assert space.about["hardware"] == "t4-small"
    assert sum(method == "PUT" for method, _ in hub_server.asked) == uploads


def test_a_space_of_another_kind_is_left_alone(hub_server: HubServer, checkout: Path):
    hub_server.repositories["space", "ada/other"] = hub_server.add("ada/x", {"app.py": b"mine"})
    with pytest.raises(ValueError, match=mentions("ada/other")):
        hub.deploy("ada/other", checkout, token="hf_writer")
    assert hub_server.repositories["space", "ada/other"].head == {"app.py": b"mine"}


def test_what_the_hub_refuses_is_said_in_a_sentence(hub_server: HubServer, checkout: Path):
    with pytest.raises(ValueError, match="plan"):
        hub.deploy("bob/studio", checkout, token="hf_stranger")
    with pytest.raises(ValueError, match=mentions("h100 cpu-basic")):
        hub.deploy("ada/studio", checkout, hardware="h100", token="hf_writer")
    with pytest.raises(ValueError, match=mentions("app.py")):
        hub.deploy("ada/studio", checkout / "docs", token="hf_writer")
    assert not hub_server.repositories


def test_this_checkout_can_be_deployed(hub_server: HubServer):
    paths = list(upload_paths(ROOT))
    wanted = {"app.py", "gan_studio/ui/page.js", "checkpoints/digit-reader/model.safetensors"}
    assert wanted <= set(paths)
    assert not any(path.startswith(("tests/", "runs/", ".")) for path in paths)
    assert sum((ROOT / path).stat().st_size for path in paths) < 150e6


def started(package: Path, elsewhere: Path) -> tuple[Path, dict[str, int]]:
    """Where a fresh process in another folder found the package, and what it drew."""
    elsewhere.mkdir()
    ran = subprocess.run(
        [sys.executable, "-c", START],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=True,
    )
    found, sizes = json.loads(ran.stdout.splitlines()[-1])
    return Path(found), sizes


SHIPS = {path.parent.name for path in SHIPPED.glob("*/config.json")}


@pytest.mark.slow
def test_what_a_space_gets_starts_in_an_empty_folder(tmp_path: Path):
    for path in upload_paths(ROOT):
        (tmp_path / "space" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / "space" / path)
    found, sizes = started(tmp_path / "space", tmp_path / "elsewhere")
    assert found.is_relative_to(tmp_path / "space")
    assert sizes.keys() == SHIPS


@pytest.mark.slow
def test_the_wheel_starts_in_an_empty_folder(tmp_path: Path):
    pytest.importorskip("setuptools")
    source = tmp_path / "source"  # building leaves traces
    for path in (*upload_paths(ROOT), "pyproject.toml", "setup.py"):
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, source / path)
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "-w", str(tmp_path), str(source)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    found, sizes = started(tmp_path / "installed", tmp_path / "elsewhere")
    assert found.is_relative_to(tmp_path / "installed")
    assert sizes.keys() == SHIPS


def test_a_space_gets_every_file_of_the_package():
    """No list of endings is to fall behind."""
    there = (path.relative_to(ROOT) for path in (ROOT / "gan_studio").rglob("*") if path.is_file())
    own = {path.as_posix() for path in there if "__pycache__" not in path.parts}
    assert own <= set(upload_paths(ROOT))
