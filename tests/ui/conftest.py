"""The real page, served on this machine, and a real browser to use it."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import toys
from browsing import DIGIT, visit
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)
from toy_painter import RecordingPainter

from gan_studio.core.files import SHIPPED
from gan_studio.studio.studio import Studio
from gan_studio.style_transfer.painter import Painter
from gan_studio.ui import build, launch

CHROMIUM = "/usr/bin/chromium"
PATIENCE = 120_000
"""milliseconds for which a test waits for the page: a busy machine is no mistake of the page's"""
expect.set_options(timeout=PATIENCE)
UNWANTED = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "AimEnabled"),
    *("PreloadTopChromeWebUI", "PaintHolding", "MediaRouter", "LensOverlay", "HttpsUpgrades"),
    *("OptimizationHints", "PreconnectToSearch", "NetworkTimeServiceQuerying"),
)
"""features of Chromium that no test needs: its own pages behind the address bar, loaded for each
new window, took about a quarter of a visit's processor time"""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    f"--disable-features={','.join(UNWANTED)}",
]
SCREEN: ViewportSize = {"width": 1280, "height": 1000}
IDLE: defaultdict[Hashable, list[BrowserContext]] = defaultdict(list)
"""contexts that nobody uses, by their options"""


@pytest.fixture(scope="session")
def page_config() -> Any:
    return build().get_config_file()


@contextmanager
def served(
    studio: Studio | None, cache: Path, painter: Painter | None = None, **options: Any
) -> Iterator[str]:
    """The address of a page over a studio and a painter."""
    # One for all that are served here: Gradio asks for it anew whenever a file comes.
    os.environ.setdefault("GRADIO_TEMP_DIR", str(cache))
    os.environ["GAN_STUDIO_RUNS"] = str(cache / "runs")
    blocks = build(studio, painter)
    here = {"prevent_thread_lock": True, "quiet": True, "server_name": "127.0.0.1"}
    _, url, _ = launch(blocks, **here, **options)
    yield url
    blocks.close(verbose=False)


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the studio with the models that ship is served."""
    with served(None, tmp_path_factory.mktemp("gradio")) as url:
        yield url


@pytest.fixture(scope="session")
def toy_address(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a studio with a toy of every family is served."""
    cache = tmp_path_factory.mktemp("gradio")
    with served(Studio(models, "cpu", cache / "runs"), cache) as url:
        yield url


@pytest.fixture(scope="session")
def mixed_address(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where models of two sizes are served: three of 16 pixels, one of 32."""
    root = tmp_path_factory.mktemp("mixed")
    for name in ("gan", "dcgan", "cgan"):
        shutil.copytree(models / f"{name}-digits", root / f"{name}-digits")
    shutil.copytree(SHIPPED / "gan-mnist", root / "gan-mnist")
    with served(Studio(root, "cpu", root / "runs"), tmp_path_factory.mktemp("gradio")) as url:
        yield url


@pytest.fixture(scope="session")
def translators(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """A studio with toys that turn pictures into pictures, and a model of digits."""
    root = tmp_path_factory.mktemp("translators")
    toys.save_translators(root)
    shutil.copytree(SHIPPED / "gan-mnist", root / "gan-mnist")
    return Studio(root, "cpu", root / "runs")


@pytest.fixture(scope="session")
def transform_address(
    translators: Studio, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where that studio is served."""
    with served(translators, tmp_path_factory.mktemp("gradio")) as url:
        yield url


@pytest.fixture(scope="session")
def painter() -> RecordingPainter:
    """Paints with a tiny network, a step each twentieth of a second."""
    return RecordingPainter(pause=0.05)


@pytest.fixture(scope="session")
def style_address(
    painter: RecordingPainter, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where that painter is at work."""
    with served(None, tmp_path_factory.mktemp("gradio"), painter) as url:
        yield url


@pytest.fixture(scope="module")
def trainings(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio with two toys, in which trainings are begun; whatever runs in the end is stopped."""
    root = tmp_path_factory.mktemp("few")
    for name in ("gan-digits", "dcgan-digits"):
        shutil.copytree(models / name, root / name)
    studio = Studio(root, "cpu", root / "runs")
    yield studio
    studio.jobs.close()


@pytest.fixture(scope="module")
def train_address(trainings: Studio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where that studio is served."""
    with served(trainings, tmp_path_factory.mktemp("gradio")) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not shutil.which(CHROMIUM):
        if os.environ.get("CI") == "true":
            pytest.fail(f"There is no browser at {CHROMIUM}, and under CI there must be one.")
        pytest.skip(f"There is no browser at {CHROMIUM}.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@contextmanager
def visitor(
    browser: Browser, address: str, expected: str | None = None, **options: Any
) -> Iterator[Page]:
    """An empty page of somebody who was never at the address; fails if it complains on the console,
    unless each complaint contains what is expected.

    Contexts are used again: their cache holds the page's files, what the page stored is forgotten.
    """
    key = (id(browser), *sorted(options.items()))
    context = IDLE[key].pop() if IDLE[key] else browser.new_context(viewport=SCREEN, **options)
    context.set_default_timeout(PATIENCE)
    context.clear_cookies()
    context.clear_permissions()
    page = context.new_page()
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
    stored = {"origin": origin, "storageTypes": "local_storage,indexeddb"}
    context.new_cdp_session(page).send("Storage.clearDataForOrigin", stored)
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    for opened in context.pages:
        opened.close()
    IDLE[key].append(context)
    assert [c for c in complaints if expected is None or expected not in c] == []


@contextmanager
def visited(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """A first visit."""
    with visitor(browser, address, **options) as page:
        visit(page, address)
        yield page


@pytest.fixture
def studio_page(browser: Browser, address: str) -> Iterator[Page]:
    """A visit to a digit of the models that ship."""
    with visited(browser, f"{address}?{DIGIT}") as page:
        yield page


@pytest.fixture
def toy_page(browser: Browser, toy_address: str) -> Iterator[Page]:
    """A visit to the toys."""
    with visited(browser, toy_address) as page:
        yield page


@pytest.fixture
def style_page(browser: Browser, style_address: str) -> Iterator[Page]:
    """A visit to the painter."""
    with visited(browser, style_address) as page:
        yield page
