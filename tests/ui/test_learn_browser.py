"""The Learn tab in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from conftest import visited, visitor
from playwright.sync_api import Browser, Error, Page, Route, expect

from gan_studio.lessons import FIGURES
from gan_studio.ui.words.speech_routes import TITLES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIGNS = {
    "boundary": "canvas.drawn",
    "players": ".box output",
    "steps": ".cell .bar",
    "losses": ".pane canvas",
    "balance": ".frame-of",
    "failures": ".question input",
    "plane": ".pane .numbers:not(:empty)",
    "family-tree": ".paper[aria-pressed=true]",
    "beyond-noise": ".pictures img",
    "style": ".part",
}
"""figure -> what is there once it is drawn"""


@pytest.fixture
def lesson(browser: Browser, address: str) -> Iterator[Page]:
    """A visit with the tab open."""
    with visited(browser, address) as page:
        page.get_by_role("tab", name="Learn", exact=True).click()
        page.locator("#chapter h2").wait_for()
        yield page


def test_every_figure_is_drawn_and_keys_turn_pages(lesson: Page):
    for number, figure in enumerate(FIGURES, 1):
        expect(lesson.locator("#chapters [aria-current] b")).to_have_text(str(number))
        lesson.locator(f".stage-{figure} {SIGNS[figure]}").first.wait_for()
        assert lesson.locator(".figure-notice").inner_text() == ""
        assert f"learn={number}" in lesson.url
        lesson.locator("#chapter").focus()
        lesson.keyboard.press("ArrowRight")
    lesson.keyboard.press("ArrowLeft")
    expect(lesson.locator("#chapters [aria-current] b")).to_have_text("9")


def test_the_plane_says_that_it_waits_and_goes_on_after_a_refusal(lesson: Page):
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    lesson.route("**/learn/plane", hold)
    lesson.evaluate("learn.open(7)")
    notice = lesson.locator(".figure-notice")
    expect(notice).not_to_be_empty()
    held[0].fulfill(json={"error": "The studio cannot be reached."})
    lesson.get_by_role("button", name="▶ Go on", exact=True).wait_for()
    lesson.unroute("**/learn/plane")
    lesson.get_by_role("button", name="▶ Go on", exact=True).click()
    lesson.locator(".stage-plane .pane .numbers:not(:empty)").first.wait_for()
    expect(notice).to_be_empty()


def test_answers_are_told_at_once_and_stay_in_the_browser(lesson: Page):
    right = lesson.evaluate("learn.chapter.questions.map(({ right }) => right)")
    questions = lesson.locator("#questions .question")
    for i, answer in enumerate(right):
        questions.nth(i).get_by_role("radio").nth(answer).check()
        questions.nth(i).locator("p.right").wait_for()
    expect(lesson.locator("#chapters [aria-current] small")).to_have_text("3 / 3")
    lesson.reload()
    lesson.locator("#chapter h2").wait_for()
    expect(lesson.locator("#chapters [aria-current] small")).to_have_text("3 / 3")
    lesson.get_by_label("After reading").check()
    expect(lesson.locator("#questions p.right")).to_have_count(0)


def test_buttons_lead_where_they_say(lesson: Page):
    open_chapter = "number => learn.open(number)"
    lesson.evaluate(open_chapter, 1)
    lesson.locator("#try").click()
    lesson.wait_for_function("explorer.recipe.model === 'cgan-mnist' && explorer.recipe.seed === 7")
    expect(lesson.locator("#picture")).to_be_visible()
    lesson.get_by_role("tab", name="Learn", exact=True).click()
    lesson.evaluate(open_chapter, 6)
    lesson.locator("#try").click()
    expect(lesson.locator("#family input")).to_have_value("gan")
    lesson.get_by_role("tab", name="Learn", exact=True).click()
    lesson.evaluate(open_chapter, 4)
    lesson.locator("#try").click()
    expect(lesson.locator("#compared th[scope=row]").last).to_have_text("r3gan-mnist")
    lesson.get_by_role("tab", name="Learn", exact=True).click()
    lesson.evaluate(open_chapter, 9)
    lesson.locator("#try").click()
    lesson.wait_for_function("transform.model?.name === 'pix2pix-lines-faces'")
    lesson.get_by_role("tab", name="Learn", exact=True).click()
    lesson.evaluate(open_chapter, 10)
    lesson.locator("#try").click()
    expect(lesson.get_by_role("button", name="Paint", exact=True)).to_be_visible()


def test_examples_beyond_noise_are_drawn_and_opened(lesson: Page):
    lesson.evaluate("learn.open(9)")
    for case, model in (("Larger", "srgan-photos"), ("Repaired", "inpainting-celeba")):
        lesson.get_by_role("button", name=case, exact=True).click()
        lesson.locator(".stage-beyond-noise .pictures img").nth(1).wait_for()
        assert lesson.locator(".figure-notice").inner_text() == ""
        lesson.get_by_role("button", name="Try it", exact=True).click()
        lesson.wait_for_function("name => transform.model?.name === name", arg=model)
        lesson.get_by_role("tab", name="Learn", exact=True).click()


def test_words_and_speech_have_examples_that_are_opened_one_after_the_other(lesson: Page):
    example = lesson.locator(".stage-beyond-noise .detail")
    lesson.evaluate("learn.open(9)")
    lesson.get_by_role("button", name="Speech", exact=True).click()
    sounds = example.locator("audio")
    expect(sounds).to_have_count(3)
    lesson.wait_for_function(
        "[...document.querySelectorAll('.stage-beyond-noise audio')].every((a) => a.duration > 0.5)"
    )
    expect(example.locator("q")).to_have_text("four two zero")
    expect(example.locator("figcaption")).to_have_text([*TITLES.values()])
    places = [sounds.nth(i).bounding_box() for i in range(2)]
    assert all(places)
    first, second = (place or {} for place in places)
    assert first["x"] + first["width"] <= second["x"] or first["y"] < second["y"]
    example.get_by_role("button", name="Try it", exact=True).click()
    expect(lesson.locator("#speech")).to_have_value("four two zero")
    lesson.get_by_role("tab", name="Learn", exact=True).click()
    lesson.get_by_role("button", name="Words", exact=True).click()
    example.locator("img").nth(2).wait_for()
    said = example.locator("figcaption").first.inner_text()
    example.get_by_role("button", name="Try it", exact=True).click()
    expect(lesson.locator("#sentence")).to_have_value(said)
    lesson.locator("#worded img[src]").wait_for()
    lesson.get_by_role("tab", name="Learn", exact=True).click()
    lesson.get_by_role("button", name="Speech", exact=True).click()
    example.get_by_role("button", name="Try it", exact=True).click()
    expect(lesson.locator("#speech")).to_be_visible()


def test_a_plane_stops_once_its_tab_is_left(lesson: Page):
    asked: list[str] = []
    lesson.on("request", lambda request: asked.append(request.url))
    lesson.evaluate("learn.open(7)")
    lesson.locator(f".stage-plane {SIGNS['plane']}").first.wait_for()
    assert any(url.endswith("/learn/plane") for url in asked)
    lesson.get_by_role("tab", name="Explore", exact=True).click()
    lesson.wait_for_timeout(1000)
    asked.clear()
    lesson.wait_for_timeout(1500)
    assert not [url for url in asked if url.endswith("/learn/plane")]


def test_a_chapter_that_is_opened_many_times_runs_once(lesson: Page):
    figures = "[...Array(20)].forEach(() => learn.open(7))"
    lesson.evaluate(
        f"const ask = learn.ask; learn.asked = new Set(); learn.ask = (verb, asked) => "
        f"(learn.asked.add(asked.restart), ask(verb, asked)); {figures}"
    )
    lesson.locator(f".stage-plane {SIGNS['plane']}").first.wait_for()
    lesson.evaluate("learn.asked.clear()")
    lesson.wait_for_timeout(1000)
    assert lesson.evaluate("learn.asked.size") == 1


def test_print_leaves_out_what_cannot_be_pressed(lesson: Page):
    lesson.evaluate("learn.open(2)")
    lesson.locator(".box output").wait_for()
    lesson.emulate_media(media="print")
    for pressed in ("#header", "[role=tablist] >> nth=0", "#chapters", "#try", "#print-chapter"):
        expect(lesson.locator(pressed)).to_be_hidden()
    expect(lesson.locator(".box output")).to_be_visible()


def test_explanations_of_terms_fit_a_phone(lesson: Page):
    lesson.set_viewport_size({"width": 390, "height": 844})
    for number in range(1, len(FIGURES) + 1):
        lesson.evaluate("number => learn.open(number)", number)
        for place in lesson.locator(".term [role=tooltip]").evaluate_all(
            "all => all.map((one) => one.getBoundingClientRect())"
        ):
            assert 0 <= place["left"] < place["right"] <= 390


def test_one_drawn_point_is_too_few_and_two_are_learnt(lesson: Page):
    lesson.evaluate("learn.open(7)")
    lesson.get_by_label("Draw points").check()
    canvas = lesson.locator(".stage-plane canvas").first
    canvas.click(position={"x": 60, "y": 60})
    expect(lesson.locator(".figure-notice")).not_to_be_empty()
    canvas.click(position={"x": 160, "y": 160})
    expect(lesson.locator(".figure-notice")).to_be_empty()
    lesson.locator(f".stage-plane {SIGNS['plane']}").first.wait_for()


def test_an_address_opens_a_chapter(browser: Browser, address: str):
    with visitor(browser, address) as page:
        page.goto(f"{address}?learn=4")
        page.locator(".stage-losses canvas").first.wait_for()


PLACE = "place => ganStudio.place() === place && history.state.place === place && !ganStudio.going"


def test_back_turns_to_the_chapter_before_and_to_the_tab_from_which_one_came(lesson: Page):
    names = lesson.evaluate("learn.chapters.map(({ name }) => name)")

    def is_at(place: str, address: str) -> None:
        lesson.wait_for_function(PLACE, arg=place)
        assert ("learn=" in lesson.url) == bool(address)
        assert address in lesson.url

    is_at(f"learn {names[0]}", "learn=1")
    lesson.locator("#chapter-next").click()
    lesson.locator("#chapters button").nth(5).click()
    is_at(f"learn {names[5]}", "learn=6")
    lesson.locator("#try").click()
    is_at("train", "")
    lesson.go_back()
    is_at(f"learn {names[5]}", "learn=6")
    expect(lesson.locator("#chapter")).to_be_visible()
    lesson.go_back()
    is_at(f"learn {names[1]}", "learn=2")
    expect(lesson.locator("#chapters [aria-current] b")).to_have_text("2")
    lesson.locator(f".stage-players {SIGNS['players']}").first.wait_for()
    lesson.go_forward()
    is_at(f"learn {names[5]}", "learn=6")
    lesson.go_back()
    lesson.go_back()
    is_at(f"learn {names[0]}", "learn=1")
    lesson.go_back()
    is_at("explore", "")
    expect(lesson.locator("#picture img")).to_be_visible()


def test_back_from_the_address_of_a_chapter_leaves_the_page(browser: Browser, address: str):
    with visitor(browser, address) as page:
        page.goto(f"{address}healthz")
        page.goto(f"{address}?learn=4")
        page.locator(".stage-losses canvas").first.wait_for()
        page.wait_for_function(PLACE, arg="learn 04-losses")
        page.go_back()
        page.wait_for_url("**/healthz")


@pytest.mark.parametrize(("number", "verb"), [(2, "players"), (3, "steps"), (7, "plane")])
def test_what_comes_after_a_chapter_was_left_is_not_said_in_the_next(
    lesson: Page, number: int, verb: str
):
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    lesson.route(f"**/learn/{verb}", hold)
    lesson.evaluate("number => learn.open(number)", number)
    while not held:
        lesson.wait_for_timeout(50)
    lesson.evaluate("learn.open(4)")
    lesson.locator(".stage-losses canvas").first.wait_for()
    with suppress(Error):  # the browser may have given the request up
        held[0].fulfill(json={"error": "This came too late."})
    lesson.wait_for_timeout(500)
    assert lesson.locator(".figure-notice").inner_text() == ""
    lesson.evaluate("learn.complain('This stays.')")
    lesson.wait_for_timeout(200)
    expect(lesson.locator(".figure-notice")).to_have_text("This stays.")


def test_every_chapter_can_be_left_at_any_time_without_a_complaint(lesson: Page):
    """The visit fails if anything was logged; a rejected promise is a page error as well."""
    for wait in (0, 200, 2000):
        for number in range(1, len(FIGURES) + 1):
            lesson.evaluate("number => learn.open(number)", number)
            buttons = lesson.locator(".stage .line button:visible")
            if wait == 2000 and buttons.count():
                buttons.first.click()
            lesson.wait_for_timeout(wait)
    lesson.get_by_role("tab", name="Explore", exact=True).click()
    lesson.wait_for_timeout(1000)
