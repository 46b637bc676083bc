"""What all tests share: one thread, no network, a tiny trained model of every family."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from depots import Depot
from toys import train

from gan_studio import data
from gan_studio.families import FAMILIES
from gan_studio.studio import Studio

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when a test imports gradio, after this file
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_CACHE"] = str(Path(tempfile.gettempdir()) / "gan-studio-tests-pull-nothing")
os.environ["HF_HUB_DISABLE_XET"] = "1"  # the stand-ins speak plain HTTP
torch.set_num_threads(1)  # tiny tensors: threads only cost


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gpu") and not torch.cuda.is_available():
        pytest.skip("needs CUDA")
    if shared := item.get_closest_marker("shared_data"):
        (folder,) = shared.args or ("MNIST/raw",)
        if not (data.data_dir() / folder).is_dir():
            pytest.skip(f"needs GAN_STUDIO_DATA with {folder}")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models, `<family>-digits`, each trained for twenty steps, to be read only."""
    root = tmp_path_factory.mktemp("models")
    for name in FAMILIES:
        list(train(root / f"{name}-digits", name, steps=20))
    return root


@pytest.fixture(scope="session")
def studio(models: Path) -> Studio:
    return Studio(models, "cpu")


@pytest.fixture(params=list(FAMILIES))
def family(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def depot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Depot]:
    """A stand-in for the Hub, with an empty cache and no token on this machine."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with Depot().running() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        yield running
