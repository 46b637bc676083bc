"""Fixtures of all tests: one thread, no network, a tiny trained model of every family."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from filelock import FileLock
from hub_server import HubServer
from toys import train
from xdist.scheduler import LoadFileScheduling

from gan_studio.core import malloc
from gan_studio.datasets import registry
from gan_studio.gans.families import FAMILIES
from gan_studio.studio.studio import Studio

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when a test imports gradio, after this file
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_CACHE"] = str(Path(tempfile.gettempdir()) / "gan-studio-tests-pull-nothing")
os.environ["HF_HUB_DISABLE_XET"] = "1"  # the stand-ins speak plain HTTP
if "OMP_NUM_THREADS" not in os.environ:
    torch.set_num_threads(1)  # tiny tensors: threads only cost
malloc.limit_arenas()  # as the server does: each test's threads would have heaps of their own


class FromBothEnds(LoadFileScheduling):
    """A file's tests to one worker: to one from the first file on, to the others from the last."""

    def _assign_work_unit(self, node: Any) -> None:
        if node is not self.nodes[0]:
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FromBothEnds:
    return FromBothEnds(config, log)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two for folders; a few files are quicker without."""
    return 2 if any("::" not in a and Path(a).is_dir() for a in config.args) else 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with a browser, which share servers, come first, then others of the page, then all."""
    with_browser = {item.path for item in items if item.get_closest_marker("browser")}
    items.sort(key=lambda item: (item.path not in with_browser, "ui" not in item.path.parts))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gpu") and not torch.cuda.is_available():
        pytest.skip("needs CUDA")
    if shared := item.get_closest_marker("shared_data"):
        (folder,) = shared.args or ("MNIST/raw",)
        found = registry.data_dir() / folder  # a download that failed leaves it empty
        if not found.is_dir() or not any(found.iterdir()):
            pytest.skip(f"needs GAN_STUDIO_DATA with {folder}")


@pytest.fixture(autouse=True, scope="module")
def memory_of_a_file() -> Iterator[None]:
    """What refers to itself is freed after each file: after each test that would take minutes."""
    yield
    gc.collect()
    malloc.trim()


@pytest.fixture(autouse=True)
def memory_of_a_test() -> Iterator[None]:
    """What a test has freed goes back to the system."""
    yield
    malloc.trim()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder of models, `<family>-digits`, each trained for twenty steps, to be read only."""
    alone, own = worker_id == "master", tmp_path_factory.getbasetemp()
    root = (own if alone else own.parent) / "models"
    with FileLock(root.with_suffix(".lock")):  # one worker trains, the other waits for it
        if not root.exists():
            trained = root.with_suffix(".part")
            for name in FAMILIES:
                list(train(trained / f"{name}-digits", name, steps=20))
            trained.rename(root)
    return root


@pytest.fixture(scope="session")
def studio(models: Path) -> Studio:
    return Studio(models, "cpu")


@pytest.fixture(params=["dcgan", "cgan", "stylegan2"])
def family(request: pytest.FixtureRequest) -> str:
    """Three that stand for all: in z, with labels, with styles."""
    return request.param


@pytest.fixture
def hub_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    """A stand-in for the Hub, with an empty cache and no token on this machine."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with HubServer().running() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        yield running
