"""Files of a visit stay as long as it does; those that nobody uses, or that are too many, go."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest
from conftest import visited
from PIL import Image
from playwright.sync_api import expect
from studio_process import until
from toy_painter import RecordingPainter, picture

from gan_studio.studio.studio import Studio
from gan_studio.ui import build, launch
from gan_studio.ui.cache import sweep
from gan_studio.ui.temp_folder import FOLDER

API = "gradio_api"
EVERY, AGE = 0.2, 1.0
SLOW = 120_000


@pytest.fixture(scope="module")
def page(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[gr.Blocks]:
    """Files of that page go a second after their last use."""
    page = build(Studio(models, "cpu", tmp_path_factory.mktemp("runs")), RecordingPainter())
    page.delete_cache = EVERY, AGE  # pyright: ignore[reportAttributeAccessIssue]  # whole ones
    launch(page, prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    yield page
    page.close(verbose=False)


class Visitor:
    """One visit, by HTTP."""

    def __init__(self, page: gr.Blocks) -> None:
        self.page, self.session = page, uuid.uuid4().hex
        self.http = httpx.Client(base_url=page.local_url or "", timeout=60)

    @contextmanager
    def there(self) -> Iterator[None]:
        """While its page is open."""
        with self.http.stream("GET", f"{API}/heartbeat/{self.session}"):
            yield

    def call(self, handler: Callable[..., Any], values: list[Any], **more: Any) -> list[Any]:
        (number,) = (i for i, event in self.page.fns.items() if event.fn == handler)
        body = {"data": values, "session_hash": self.session, "fn_index": number, **more}
        return self.http.post(f"{API}/run/predict", json=body).raise_for_status().json()["data"]

    def upload(self, contents: bytes, name: str) -> dict[str, Any]:
        files = {"files": (name, contents)}
        (path,) = self.http.post(f"{API}/upload", files=files).raise_for_status().json()
        return {"path": path, "meta": {"_type": "gradio.FileData"}}

    def gets(self, path: str) -> bool:
        return self.http.get(f"{API}/file={path}").is_success


@pytest.fixture
def old() -> Callable[[], None]:
    """Waits until files that nobody used when this was asked for are gone."""
    decoy = FOLDER / uuid.uuid4().hex / "decoy.png"
    decoy.parent.mkdir()
    decoy.write_bytes(b"nobody's")

    def wait() -> None:
        until(lambda: not decoy.exists(), 60)
        newer = decoy.with_name("newer.png")
        newer.parent.mkdir(exist_ok=True)
        newer.write_bytes(b"nobody's")
        until(lambda: not newer.exists(), 60)

    return wait


def test_what_a_visit_shows_stays_while_its_page_is_open(page, old):
    visitor = Visitor(page)
    draw = next(e.fn for e in page.fns.values() if e.name == "draw_new_seeds")
    with visitor.there():
        *_, sheet, _ = visitor.call(draw, ["latents", ["gan-digits"], "1, 2", "", None])
        old()
        assert visitor.gets(sheet["path"])
    until(lambda: not Path(sheet["path"]).exists(), 60)


def test_only_the_latest_that_a_component_shows_stays(page, old):
    visitor = Visitor(page)
    draw = next(e.fn for e in page.fns.values() if e.name == "draw_new_seeds")
    with visitor.there():
        first, second = (
            visitor.call(draw, ["latents", ["gan-digits"], seeds, "", None])[-2]["path"]
            for seeds in ("1", "2")
        )
        old()
        assert (visitor.gets(first), visitor.gets(second)) == (False, True)


def test_an_upload_that_nothing_was_done_with_goes(page, old):
    visitor = Visitor(page)
    with visitor.there():
        path = visitor.upload(b"mine", "mine.png")["path"]
        assert visitor.gets(path)
        old()
        assert not visitor.gets(path)


def test_a_connection_that_comes_back_is_the_same_visit(page):
    visitor, holder = Visitor(page), page.state_holder
    draw = next(e.fn for e in page.fns.values() if e.name == "draw_new_seeds")
    with visitor.there():
        visitor.call(draw, ["latents", ["gan-digits"], "3", "", None])
    until(lambda: holder[visitor.session].is_closed, 60)
    with visitor.there():
        until(lambda: not holder[visitor.session].is_closed, 60)


def test_of_more_than_there_is_room_for_what_was_used_longest_ago_goes(tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(4)]
    for i, path in enumerate(paths):
        path.write_bytes(bytes(10))
        then = time.time() - 50 + i
        os.utime(path, (then, then))
    sweep(tmp_path, {str(paths[0])}, 3600, 25)
    assert [path.exists() for path in paths] == [True, False, False, True]
    sweep(tmp_path, {str(path) for path in paths}, 3600, 5)
    assert not any(path.exists() for path in paths)


def test_old_files_go_with_their_folders_and_those_in_use_become_new(tmp_path):
    for name in ("used", "unused"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "p.png").write_bytes(b"p")
    time_of = (tmp_path / "used" / "p.png").stat().st_mtime
    sweep(tmp_path, {str(tmp_path / "used" / "p.png")}, -1, 10**9)
    sweep(tmp_path, {str(tmp_path / "used" / "p.png")}, -1, 10**9)
    assert [path.name for path in tmp_path.iterdir()] == ["used"]
    assert (tmp_path / "used" / "p.png").stat().st_mtime >= time_of


@pytest.mark.browser
def test_a_painting_is_saved_and_painted_again_after_its_files_would_have_gone(
    page, old, browser, tmp_path
):
    source = tmp_path / "own.png"
    picture(90, 70).save(source)
    # Files go after a second, which may be before a busy browser has fetched a picture on the way.
    with visited(browser, page.local_url, expected="403") as tab:
        tab.set_default_timeout(SLOW)
        tab.get_by_role("tab", name="Style").click()
        tab.locator("#styles button").first.wait_for()
        tab.locator("#drop-content input").set_input_files(source)
        tab.locator("#contents button[title='own.png']").wait_for()
        tab.get_by_label("Size", exact=True).click()
        tab.get_by_role("option", name="128 pixels").click()
        for _ in range(2):
            tab.locator("#paint").click()
            expect(tab.locator("#paint-readout")).to_contain_text("Painted", timeout=SLOW)
            old()
            with tab.expect_download() as saved:
                tab.locator("#save-painting").click()
            with Image.open(saved.value.path()) as painted:
                assert painted.size == (128, 100)
