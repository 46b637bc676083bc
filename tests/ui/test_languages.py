"""Every text of the page has a translation in each language, and only the browser sees them."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from browsing import visit
from conftest import visited, visitor
from playwright.sync_api import Browser, Page

from gan_studio.datasets.registry import DATASETS
from gan_studio.datasets.terms import TERMS
from gan_studio.gans.families import FAMILIES, TRANSLATIONS
from gan_studio.images import files as image_files
from gan_studio.lessons import RECORDED
from gan_studio.studio import translate, upscale, words
from gan_studio.studio.studio import Studio
from gan_studio.ui import build, languages, plots, serving
from gan_studio.ui.compare.layout import ALIKE
from gan_studio.ui.compare.views import COLUMNS, MEASURED
from gan_studio.ui.explore import layout
from gan_studio.ui.languages import LANGUAGES, catalogue, i18n, keys, translatable
from gan_studio.ui.learn import layout as learn
from gan_studio.ui.style.views import LOSSES
from gan_studio.ui.train import form, publishing, settings
from gan_studio.ui.transform import layout as transform
from gan_studio.ui.transform import repairing
from gan_studio.ui.words import layout as words_tab
from gan_studio.ui.words import speech_routes

SAID = {note for key, note in translate.NOTES.items() if key != "aligned"}
SAID |= {
    image_files.FIRST_FRAME,
    upscale.NOTE,
    repairing.INVERT_HINT,
    *speech_routes.TITLES.values(),
}
"""notes that the page shows, and titles that a route sends"""
NAMES = re.compile(
    r"<h1>GAN Studio</h1>|<span>.*</span>|.*-mnist|.*-celeba|mnist|celeba|digits|relu\d_1|Named \d+"
    r"|WebP|GIF|MP4|Esc|pairs|lines|colour|PCA|SeFa|VGG-19|L-BFGS|Adam|hf_…|auto|none|minimax|non-saturating|b?float(16|32)"
    r"|(colour\+)?translation(\+cutout)?|run in the address|[1-4](st|nd|rd|th)"
)
"""what is called the same everywhere: names, values of settings; and what is never shown"""
SENT = ("⏸ Pause", "▶ Go on", "▶ Resume", "Open in Explore", "Open in Transform", "None yet.",
        *form.DROP_PAIRS.values(), *ALIKE.values(),
        "Name of the model", "Measured by",
        "Metrics measured in different ways cannot be ranked",
        "Curves appear after the first steps.", "The first samples appear soon.",
        publishing.ABOUT + publishing.BY_SIGN_IN)  # fmt: skip
"""what handlers send later, or is on the page of a Space alone"""
MARKER = re.compile(r'__i18n__\{[^}]*"key": "(\w+)"\}')
FAILED = ("vanishing", "collapse", "oscillation")
"""recorded trainings that went wrong"""
LOCALES = {"it": "it-IT", "es": "es-ES", "ro": "ro-RO"}


@pytest.fixture(scope="module")
def blocks() -> gr.Blocks:
    return build()


@pytest.fixture(scope="module")
def plain(blocks: gr.Blocks) -> Any:
    """The configuration as the components were written."""
    return gr.Blocks.get_config_file(blocks)


def shown(config: Any) -> Iterator[Any]:
    """Components that can be seen: not hidden for good, not there for programs alone."""
    private: set[int] = set()
    for event in config["dependencies"]:
        if event["api_visibility"] == "private":
            heard = [component for component, _ in event["targets"]]
            private |= {*event["inputs"], *event["outputs"], *heard}
    for component in config["components"]:
        if component["type"] == "api":
            continue  # an argument of an endpoint
        visible = component["props"].get("visible", True)
        if visible is True or (visible is False and component["id"] in private):
            yield component


def texts(component: Any) -> Iterator[str]:
    """The texts of a component."""
    props = component["props"]
    names = [*languages.TEXTS, *(["value"] if component["type"] in languages.VALUE_TEXTS else [])]
    found = [props.get(name) for name in names]
    found += [name for name, _ in props.get("choices") or []]
    yield from (text for text in found if isinstance(text, str))


def sentences() -> set[str]:
    """The sentences beside all settings of all families."""
    own = [
        field.description
        for name in settings.TRAINED
        for field in settings.gan_fields(name).values()
    ]
    return {*own, *(field.description for field in settings.loop_fields().values())}


def scripted() -> set[str]:
    """The texts of the page's scripts and templates."""
    source = "".join((serving.ASSETS / name).read_text("utf-8") for name in serving.SCRIPTS)
    source += "".join(
        path.read_text("utf-8") for path in Path(str(serving.ASSETS)).glob("words/*.js")
    )
    asked = re.findall(r"languages\.say\(((?:[^()]|\([^()]*\))*)\)", source)  # calls within, too
    said = set(re.findall(r'"([^"]*)"', "".join(asked)))
    figures = "".join(
        path.read_text("utf-8") for path in Path(str(serving.ASSETS)).glob("learn/*.js")
    )
    said |= set(re.findall(r'\bsay\(\s*"([^"]*)"', figures))
    templates = *layout.TEMPLATES, *transform.TEMPLATES, *learn.TEMPLATES, *words_tab.TEMPLATES
    return said | {text for template in templates for text in stand(template)} | findings()


def findings() -> set[str]:
    """What the figure of failed trainings says of them."""
    told = [json.loads((RECORDED / f"{name}.json").read_text("utf-8")) for name in FAILED]
    return {one["findings"][0][key] for one in told for key in ("name", "explanation")}


def stand(template: str) -> Iterator[str]:
    """The texts of a template and the labels of its parts."""
    said = re.findall(r'(?:title|aria-label|alt|data-info|data-label)="([^"]*)"', template)
    for names in re.findall(r'data-names="([^"]*)"', template):
        said += json.loads(html.unescape(names))
    said += re.findall(r">([^<]+)<", template)
    yield from (text for text in (" ".join(one.split()) for one in said) if text)


def drawn() -> set[str]:
    """The texts of all plots and tables: titles of curves and of columns, and hints."""
    panels = plots.LOSSES, *plots.OUTPUTS.values(), *plots.OTHER_PANELS, *plots.OTHER_COMPARED
    return {
        *(text for panel in panels for text in (panel.title, panel.hint)),
        *(text for column in (*COLUMNS, *MEASURED) for text in (column.title, column.hint)),
        *LOSSES.values(),
    }


def placed(config: Any) -> set[str]:
    """Names of the sliders that a script makes."""
    own = [one["props"].get("props") or {} for one in config["components"]]
    return {name for props in own for name in props.get("names", [])}


def worded(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]{2}", text)) and not NAMES.fullmatch(text)


def wanted(config: Any) -> set[str]:
    """All that is to be translated."""
    models = {*Studio().models(), *FAMILIES, *TRANSLATIONS, *DATASETS, *TERMS.values()}
    found = {text for component in shown(config) for text in texts(component)}
    found |= {*transform.TITLES, *SAID, *words.NOTES.values()}
    found |= {*SENT, *sentences(), *scripted(), *drawn(), *placed(config)}
    found |= {entry.title.partition(" (")[0] for entry in Studio().generators()}
    escaped = {text.replace("&", "&amp;") for text in models}
    return {text for text in found - models - escaped if worded(text)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_page_is_in_the_catalogue_and_nothing_else(
    language: str, plain: Any
) -> None:
    needed = wanted(plain)
    assert len(needed) > 300
    assert needed - catalogue(language).keys() == set()
    assert catalogue(language).keys() - needed == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_tags_code_and_stress(language: str) -> None:
    for text, said in catalogue(language).items():
        for kept in (r"</?\w+>", r"`[^`]*`", r"\*", r"[▶⏸⏭■⟲↶↷☆★✓…]", r"\{|\}", r"\d{3,}"):
            assert Counter(re.findall(kept, text)) == Counter(re.findall(kept, said)), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_is_not_the_english_text(language: str) -> None:
    same = [text for text, said in catalogue(language).items() if text == said]
    assert all(len(text.split()) < 3 for text in same)
    assert len(same) < 30


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_is_not_translated_again(language: str) -> None:
    said = catalogue(language)
    assert all(said.get(text, text) == text for text in said.values())


def test_romanian_letters_have_commas_below() -> None:
    assert not set("şţŞŢ") & set("".join(catalogue("ro").values()))


def test_keys_are_apart_from_each_other_and_look_like_no_text() -> None:
    assert len(set(keys().values())) == len(keys())
    assert all(re.fullmatch(r"t[0-9a-f]{8}", key) for key in keys().values())


def test_english_is_what_the_markers_say(blocks: gr.Blocks, plain: Any) -> None:
    config = blocks.get_config_file()
    assert "__i18n__" in str(config["components"])
    assert "__i18n__" not in str(plain)
    for marked, own in zip(config["components"], plain["components"], strict=True):
        read = [MARKER.sub(lambda key: i18n().translations["en"][key[1]], t) for t in texts(marked)]
        assert read == list(texts(own))


def test_no_value_is_translated_that_comes_back_from_the_browser(
    blocks: gr.Blocks, plain: Any
) -> None:
    before = {one["id"]: one for one in plain["components"]}
    for component in blocks.get_config_file()["components"]:
        props, own = component["props"], before[component["id"]]["props"]
        assert [value for _, value in props.get("choices") or []] == [
            value for _, value in own.get("choices") or []
        ]
        if component["type"] not in languages.VALUE_TEXTS:
            assert props.get("value") == own.get("value")


def test_programs_are_told_everything_in_english(blocks: gr.Blocks) -> None:
    blocks.config = blocks.get_config_file()  # as a launch does
    told = blocks.get_api_info(all_endpoints=True)
    assert "__i18n__" not in str(told)
    labels = [one["label"] for one in told["named_endpoints"]["/generate"]["parameters"]]
    assert labels[:2] == ["model", "seed"]


def test_whoever_serves_the_page_serves_its_catalogues(blocks: gr.Blocks) -> None:
    assert list(blocks.get_config_file().get("i18n_translations") or ()) == ["en", *LANGUAGES]


def test_what_no_catalogue_knows_stays_as_it_is() -> None:
    assert translatable("dcgan-mnist") == "dcgan-mnist"
    assert translatable(3) == 3
    assert keys()["Seed"] in translatable("Seed")


CHOOSE_ENGLISH = """async () => {
    const names = performance.getEntriesByType("resource").map(({ name }) => name);
    const core = await import(names.find((name) => /\\/core-[^/]*\\.js$/.test(name)));
    core.changeLocale("en");
}"""
"""what Gradio does while it starts, more than once"""


@pytest.fixture(params=LANGUAGES)
def foreign(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Any]:
    """A language, and a visit with a browser that speaks it."""
    with visited(browser, address, locale=LOCALES[request.param]) as page:
        yield request.param, page


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).first.click()


@pytest.mark.browser
@pytest.mark.slow
def test_the_page_speaks_the_browsers_language(foreign: tuple[str, Page]) -> None:
    language, page = foreign
    said = catalogue(language)
    assert page.evaluate("document.documentElement.lang") == language
    page.get_by_text(said["Variations: press one to move there."]).wait_for()
    page.get_by_text(said["History: press a picture to restore it."]).wait_for()
    page.get_by_role("button", name=said["⟲ Random"]).wait_for()
    page.get_by_label(said["Direction 1"]).first.wait_for()
    for name in (
        "Walk",
        "Map and sums",
        "Your picture",
        "Explore",
        "Compare",
        "Train",
        "Transform",
        "Learn",
        "Style",
    ):
        tab(page, said[name])
        assert "__i18n__" not in page.inner_html(".gradio-container")
    page.get_by_role("button", name=said["Paint"], exact=True).wait_for()
    page.locator("#start").get_by_text(said["Start from"]).wait_for()
    tab(page, said["Train"])
    page.get_by_role("button", name=said["Settings and remedies"]).click()
    page.get_by_text(said[settings.gan_fields("dcgan")["image_size"].description]).wait_for()
    page.get_by_label(said["Budget in"]).last.click()
    page.get_by_role("option", name=said["steps"], exact=True).click()


@pytest.mark.browser
@pytest.mark.slow
def test_what_is_sent_later_is_translated_too(foreign: tuple[str, Page]) -> None:
    language, page = foreign
    said = catalogue(language)
    page.locator("#walk").click()
    page.get_by_role("button", name=said["⏸ Pause"]).first.wait_for()
    page.locator("#walk").click()
    page.get_by_role("button", name=said["▶ Walk"]).first.wait_for()
    tab(page, said["Compare"])
    page.get_by_role("button", name=said["Kernel distance"]).wait_for()
    page.get_by_text(said[plots.LOSSES.hint]).wait_for()
    tab(page, said["Train"])
    page.locator("#train-readout b", has_text=said["Train"]).wait_for()  # the button’s name
    page.get_by_role("button", name=said["Settings and remedies"]).click()
    page.get_by_label(said["Family"]).last.click()
    page.get_by_role("option", name="wgan", exact=True).click()
    page.get_by_text(said[settings.gan_fields("wgan")["learning_rate"].description]).wait_for()


@pytest.mark.browser
@pytest.mark.slow
def test_the_page_keeps_its_language_when_gradio_chooses_again(foreign: tuple[str, Page]) -> None:
    language, page = foreign
    page.evaluate(CHOOSE_ENGLISH)
    page.wait_for_function("own => document.documentElement.lang === own", arg=language)
    tab(page, catalogue(language)["Compare"])


@pytest.mark.browser
@pytest.mark.slow
def test_tabs_are_translated_if_gradio_drew_them_in_english(browser: Browser, address: str) -> None:
    with visitor(browser, address, locale=LOCALES["it"]) as page:
        page.add_init_script(  # as on a slow machine: no language is chosen before all is drawn
            """const { getEntriesByType } = Performance.prototype;
            performance.getEntriesByType = (type) =>
                window.drawn ? getEntriesByType.call(performance, type) : [];"""
        )
        visit(page, address)
        page.evaluate("window.drawn = true; document.documentElement.lang = 'en'")
        page.wait_for_function("document.documentElement.lang === 'it'")
        for name in ("Walk", "Compare"):
            tab(page, catalogue("it")[name])


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("locale", ["en-GB", "fi-FI"])
def test_who_reads_another_language_gets_english(
    locale: str, browser: Browser, address: str
) -> None:
    with visited(browser, address, locale=locale) as page:
        page.get_by_text("Variations: press one to move there.").wait_for()
        page.wait_for_function("document.documentElement.lang === 'en'")
        page.get_by_text("History: press a picture to restore it.").wait_for()
        for name in ("Explore", "Compare", "Train", "Transform", "Learn", "Style"):
            tab(page, name)
            shown = page.inner_html(".gradio-container")
            assert not re.search(r"__i18n__|\bt[0-9a-f]{8}\b", shown)
        page.get_by_role("button", name="Paint", exact=True).wait_for()
