"""Publishing from the page, in a real browser and on a stand-in of the Hub."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import served, visited
from hub_server import HubServer
from playwright.sync_api import Browser, expect

from gan_studio.core.limits import PUBLIC
from gan_studio.studio.studio import Studio

pytestmark = pytest.mark.browser
SOON = 120_000


@pytest.mark.slow
def test_who_trained_a_model_publishes_it_and_nobody_else(
    browser: Browser,
    hub_server: HubServer,
    models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("HF_TOKEN", "hf_writer")  # the machine's own, which is not the visitors'
    studio = Studio(models, "cpu", tmp_path / "runs", PUBLIC)
    with served(studio, tmp_path) as address:
        with visited(browser, address) as page:
            page.get_by_role("tab", name="Train").click()
            page.locator("#budget input").fill("0.05")
            page.locator("#train").click()
            fold = page.locator("#publishing")
            fold.wait_for(state="visible", timeout=SOON)
            fold.locator("button").first.click()
            said, token = page.locator("#published"), page.locator("#publish-token input")
            page.locator("#publish-repo").locator("input, textarea").fill("ada/toy")
            page.locator("#publish").click()
            expect(said).to_contain_text("token", timeout=SOON)
            token.fill("hf_reader")
            page.locator("#publish").click()
            expect(said).to_contain_text("ada/toy", timeout=SOON)
            expect(token).to_have_value("")
            assert not hub_server.repositories
            token.fill("hf_writer")
            page.locator("#publish").click()
            expect(said.locator("a")).to_have_attribute("href", f"{hub_server.address}/ada/toy")
            expect(token).to_have_value("")
            watched = page.url
        assert "model.safetensors" in hub_server.model("ada/toy").head
        with browser.new_context() as context:
            stranger = context.new_page()
            stranger.goto(watched)
            expect(stranger.locator("#train-readout")).to_contain_text("is finished", timeout=SOON)
            expect(stranger.locator("#save-model")).to_be_visible(timeout=SOON)
            expect(stranger.locator("#publishing")).to_be_hidden()
        with visited(browser, address) as other:
            other.get_by_role("tab", name="Train").click()
            other.locator("#all-trainings button").first.click()
            expect(other.locator("#trainings")).to_contain_text("None yet.", timeout=SOON)
    studio.jobs.close()
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(b"hf_writer" in path.read_bytes() for path in kept)


@pytest.mark.slow
def test_a_model_that_is_not_listed_opens_in_explore(
    browser: Browser, models: Path, tmp_path: Path
):
    studio = Studio(models, "cpu", tmp_path / "runs", PUBLIC)
    hidden = tmp_path / "runs" / "visitors" / "gan-digits-0123456789abcdef"
    hidden.mkdir(parents=True)
    for part in (models / "gan-digits").iterdir():
        (hidden / part.name).write_bytes(part.read_bytes())
    with (
        served(studio, tmp_path) as address,
        visited(browser, f"{address}?m={hidden.name}&s=7") as page,
    ):
        expect(page.locator("#model")).to_contain_text(hidden.name, timeout=SOON)
        before = page.url
        page.locator("#random").click()
        page.wait_for_function("before => location.href != before", arg=before, timeout=SOON)
        assert hidden.name in page.url
        names = page.evaluate(
            "async () => (await explorer.ask('models', {})).cards.map((one) => one.name)"
        )
        assert names
        assert not any(hidden.name in name for name in names)
    studio.jobs.close()
