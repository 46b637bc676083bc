"""Speech on the Words tab: the routes that its script asks, and text that is heard in a browser."""

from __future__ import annotations

import asyncio
import base64
import io
import re
import shutil
import time
import wave
from collections.abc import Coroutine, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import torch
from conftest import served, visited
from playwright.sync_api import Browser, Route, expect

from gan_studio.core.files import SHIPPED, save_tensors
from gan_studio.sound import acoustic
from gan_studio.sound.files import read_recipe
from gan_studio.sound.recipe import SpeechRecipe
from gan_studio.studio import Studio, speak
from gan_studio.ui.words.speech_routes import LiveSpeech

TEXT = "four two"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A studio whose only way to a wave is Griffin and Lim's, with a toy that speaks."""
    root = tmp_path_factory.mktemp("speech")
    torch.manual_seed(0)
    path = root / "speech-english" / "model.safetensors"
    save_tensors(path, acoustic.AcousticModel().eval().state_dict())
    shutil.copytree(SHIPPED / "gan-mnist", root / "gan-mnist")  # for Explore, which opens first
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(speak, "SPEECH_MODELS", {"speech-english": path})
        patch.setattr(speak, "ROUNDS", 2)
        with served(Studio(root, "cpu", root / "runs"), tmp_path_factory.mktemp("gradio")) as url:
            yield url


def ask(address: str, verb: str, asked: dict[str, Any] | bytes) -> dict[str, Any]:
    sent = {"content": asked} if isinstance(asked, bytes) else {"json": asked}
    return httpx.post(f"{address}speech/{verb}", timeout=60, **sent).json()  # pyright: ignore[reportArgumentType]


def wav(url: object) -> bytes:
    """The bytes of a sound as the page has it."""
    return base64.b64decode(str(url).partition(",")[2])


def test_a_text_is_said_and_its_wav_brings_it_back(address):
    told = ask(address, "say", {"text": TEXT, "vocoder": "griffin-lim", "pace": 1.5})
    assert told["words"] == ["four", "two"]
    with wave.open(io.BytesIO(wav(told["sound"]))) as sound:
        assert sound.getnframes() / sound.getframerate() == pytest.approx(told["seconds"], abs=1e-3)
    restored = ask(address, "restore", wav(told["sound"]))
    assert SpeechRecipe(**restored) == SpeechRecipe.from_json(read_recipe(wav(told["sound"])))
    assert (restored["text"], restored["pace"]) == (TEXT, 1.5)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"text": "  "}, "text"),
        ({"text": "a" * 601}, "601"),
        ({"text": "привет"}, "Cyrillic"),
        ({"text": TEXT, "pace": 9}, "pace"),
        ({"text": TEXT, "voice": "nobody"}, "nobody"),
        ({"text": TEXT, "vocoder": "none"}, "none"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(address, asked, named):
    assert named in str(ask(address, "say", {"vocoder": "griffin-lim", **asked})["error"])


def test_a_file_without_a_recipe_restores_nothing(address):
    assert "error" in ask(address, "restore", b"RIFF")


@pytest.mark.browser
def test_a_text_is_typed_and_heard(address, browser: Browser, tmp_path):
    with visited(browser, address) as page:
        page.get_by_role("tab", name="Words").click()
        page.locator("#words-panels").get_by_text("Speech", exact=True).click()
        page.locator("#speech").fill(TEXT)
        page.locator("#speech").press("Enter")
        take = page.locator("#takes > [data-vocoder='griffin-lim']")
        expect(take.locator("img")).to_have_attribute("src", re.compile("^data:"))
        page.wait_for_function("() => document.querySelector('#takes audio').currentTime > 0")
        expect(take.locator(".sounds span").nth(1)).to_have_text("F")
        page.locator("summary", has_text="Phones").click()
        page.locator("#phones").fill("Z IH1 R OW0")
        page.locator("#speak").click()
        expect(take.locator(".sounds span").nth(1)).to_have_text("Z")
        with page.expect_download() as download:
            page.locator("#speech-save").click()
        download.value.save_as(tmp_path / "saved.wav")
        page.locator("#speech").fill("another")
        page.locator("#speech-restore input").set_input_files(tmp_path / "saved.wav")
        expect(page.locator("#speech")).to_have_value(TEXT)
        expect(page.locator("#phones")).to_have_value("Z IH1 R OW0")


@pytest.mark.browser
def test_an_address_opens_the_panel_and_stays(address, browser: Browser):
    asked = "speak=four+two&voice=slt%3A3%2Crms%3A1&pace=1.5&seed=4"
    with visited(browser, address) as page:
        page.goto(f"{address}?{asked}")
        expect(page.locator("#speech")).to_have_value("four two")
        expect(page.locator("#voices input[name=slt]")).to_have_value("1")
        expect(page.locator("#voices input[name=rms]")).to_have_value("0.35")
        expect(page).to_have_url(re.compile(re.escape(asked)))
        page.locator("#speak").click()
        expect(page).to_have_url(re.compile("rms%3A0.35.*pace=1.5.*seed=4"))


def run(work: Coroutine[Any, Any, None]) -> None:
    """In a loop of its own: the browser's is at work in this thread."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


class Patient(Studio):
    """Speaks in pieces without an end, until it is stopped."""

    stopped = False

    def saying(self, recipe: SpeechRecipe) -> Generator[None, None, None]:  # noqa: ARG002
        try:
            while True:
                time.sleep(0.01)
                yield
        finally:
            self.stopped = True


def test_speech_stops_between_its_pieces_once_nobody_waits(tmp_path):
    studio = Patient(tmp_path, "cpu", tmp_path / "runs")

    async def ask_and_leave() -> None:
        asked = asyncio.ensure_future(LiveSpeech(studio).say({"text": TEXT}))
        await asyncio.sleep(0.1)
        assert not studio.stopped
        asked.cancel()
        for _ in range(500):
            await asyncio.sleep(0.01)
            if studio.stopped:
                return

    run(ask_and_leave())
    assert studio.stopped


def test_whoever_opens_the_panel_first_warms_speech_once(tmp_path):
    said: list[str] = []

    class Heard(Studio):
        def speech_models(self) -> list[str]:
            return ["speech-english"]

        def speak(self, text: str, **_: Any) -> speak.Spoken:
            said.append(text)
            raise ValueError("It has no weights.")

    live = LiveSpeech(Heard(tmp_path, "cpu", tmp_path / "runs"))

    async def open_twice() -> None:
        await live.models({})
        await live.models({})
        assert live.warm_up_future
        await live.warm_up_future

    run(open_twice())
    assert len(said) == 1


@pytest.mark.browser
def test_stop_gives_up_the_request_that_is_under_way(address, browser: Browser):
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    with visited(browser, address) as page:
        failed: list[str] = []
        page.on("requestfailed", lambda request: failed.append(request.url))
        page.get_by_role("tab", name="Words").click()
        page.locator("#words-panels").get_by_text("Speech", exact=True).click()
        page.locator("#speech").fill(TEXT)
        page.route("**/speech/say", hold)
        page.locator("#speak").click()
        while not held:
            page.wait_for_timeout(20)
        page.locator("#speech-stop").click()
        expect(page.locator("#speak")).to_be_enabled()
        expect(page.locator("#speech-stop")).to_be_disabled()
        page.wait_for_timeout(300)
        assert [url.rpartition("/")[2] for url in failed] == ["say"]
        expect(page.locator("#speech-notice")).to_be_empty()
        page.unroute("**/speech/say")
        page.locator("#speak").click()
        take = page.locator("#takes > [data-vocoder='griffin-lim'] img")
        expect(take).to_have_attribute("src", re.compile("^data:"))
