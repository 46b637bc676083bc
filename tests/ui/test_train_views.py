"""HTML and plots of the Train tab."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from mentions import mentions

from gan_studio.gans.families import FAMILIES
from gan_studio.studio.jobs import Snapshot
from gan_studio.training.curves import Curve
from gan_studio.training.diagnostics import Finding, Remedy
from gan_studio.ui import curves, errors, plots
from gan_studio.ui.curves import Mark
from gan_studio.ui.html import paragraphs
from gan_studio.ui.train import settings, views

EVIL = "<script>alert('x')</script>"
RUNNING = Snapshot(
    id="dcgan-digits-1",
    state="running",
    family="dcgan",
    dataset="digits",
    config=FAMILIES["dcgan"].config(),
    step=1234,
    total=3000,
    seconds=61.0,
    seconds_left=130.0,
    images_per_second=311.6,
)


def curve(name: str, *values: float) -> Curve:
    return Curve(name=name, steps=tuple(range(10, 10 * len(values) + 1, 10)), values=values)


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", html))


def test_the_readout_says_how_far_it_is_how_fast_and_how_long_it_takes():
    said = text(views.readout(RUNNING, "CPU · 2 cores", mine=True))
    assert said == (
        "dcgan on digits trains · step 1,234 of 3,000 · 312 pictures/s · 2:10 min left · "
        "CPU · 2 cores"
    )


@pytest.mark.parametrize(
    ("news", "sentence"),
    [
        ({"state": "waiting", "queue_position": 1}, "dcgan on digits waits · 2nd"),
        ({"state": "paused"}, "is paused · step 1,234 of 3,000 · 61 s of training"),
        ({"state": "running", "trainable": "generator"}, "only G learns"),
        ({"state": "finished", "total": None}, "is finished · step 1,234 · 61 s of training"),
        ({"state": "failed", "reason": "A loss became nan."}, "failed · step 1,234"),
        ({"state": "running", "seconds_left": None}, "trains · step 1,234"),
    ],
)
def test_every_state_has_its_words(news, sentence):
    assert sentence in text(views.readout(replace(RUNNING, **news), "CPU", mine=True))


def test_who_did_not_start_it_is_told_so():
    assert views.NOT_OWNER in views.readout(RUNNING, "CPU", mine=False)
    assert views.NOT_OWNER not in views.readout(RUNNING, "CPU", mine=True)


@pytest.mark.parametrize(
    ("n", "said"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (21, "21st"), (112, "112th")],
)
def test_places_in_the_queue_are_counted_as_people_do(n, said):
    assert views.ordinal(n) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(119.4, "119 s"), (120, "2:00 min"), (7199, "119:59 min"), (7260, "2:01 h")],
)
def test_durations_are_short(seconds, said):
    assert views.duration(seconds) == said


def finding(**news: object) -> Finding:
    about = {
        "name": "mode collapse",
        "evidence": "diversity 0.1 < 0.5",
        "explanation": "All pictures are alike. They will stay so.",
        "remedies": (Remedy(title="Blur what D sees", changes={"instance_noise": 0.1}, why="So."),),
        "severe": True,
    }
    return Finding(**{**about, **news})  # pyright: ignore[reportArgumentType]


def test_a_finding_is_a_card_whose_remedies_are_buttons_of_who_may_press_them():
    card = views.findings([finding()], mine=True)
    assert "⚠ mode collapse: diversity 0.1 &lt; 0.5" in card
    assert 'data-key="mode collapse/Blur what D sees"' in card
    assert "<button" not in views.findings([finding()], mine=False)
    assert views.findings([], mine=True) == ""


def test_nothing_that_comes_from_elsewhere_is_html():
    evil = replace(
        RUNNING, id=EVIL, dataset=EVIL, reason=EVIL, changes=({"step": 3, "augment": EVIL},)
    )
    remedies = (Remedy(title=EVIL, changes={}, why=EVIL),)
    bad = finding(name=EVIL, evidence=EVIL, explanation=EVIL, remedies=remedies)
    written = [
        views.readout(evil, EVIL, mine=True),
        views.training_list([evil], "x"),
        views.changes(evil),
        views.findings([bad], mine=True),
        errors.error_message(EVIL),
        paragraphs([EVIL]),
        views.model_link(EVIL, "dcgan"),
        views.model_link(EVIL, "pix2pix"),
        plots.training([curve("generator", 1.0, 2.0)], [Mark(3, EVIL)]),
    ]
    for html in written:
        assert "&lt;script&gt;" in html
        assert "<script" not in html


def test_the_list_marks_what_is_watched():
    other = replace(RUNNING, id="gan-digits-1", family="gan", state="interrupted")
    listed = views.training_list([RUNNING, other], "gan-digits-1")
    assert listed.count("<button") == 2
    assert re.search(r'class="current" data-key="gan-digits-1"', listed)
    assert "interrupted" in listed


def test_guides_are_level_lines_that_are_always_in_the_frame():
    figure = curves.figure("D", "x", [curve("a", 0.8, 0.9, 1.0)], {}, guides=[0.5])
    [level] = re.findall(r'class="guide" x1="0" x2="400" y1="(\d+)" y2="\1"', figure)
    assert 0.9 < int(level) / curves.HEIGHT < 1  # the lowest value of all, and a little air
    assert re.search(r'<em style="top: max\(16px, 95\.\d%\)">0.5</em>', figure)
    without = curves.figure("D", "x", [curve("a", 0.8, 0.9, 1.0)], {})
    assert "guide" not in without


def test_a_guide_in_the_middle_of_the_values_is_in_the_middle_of_the_frame():
    figure = curves.figure("D", "x", [curve("a", 0.0, 1.0)], {}, guides=[0.5])
    assert 'y1="60" y2="60"' in figure


def test_changes_stand_where_they_happened():
    marks = [Mark(15, "step 15: clip 0.1 & more"), Mark(30, "last")]
    figure = curves.figure("D", "x", [curve("a", 1.0, 2.0, 3.0)], {}, marks=marks)
    assert re.findall(r'class="mark" x1="(\d+)"', figure) == ["200", "400"]
    assert "<title>step 15: clip 0.1 &amp; more</title>" in figure


def test_a_change_is_told_in_words():
    assert (
        views.describe_change({"step": 1200, "learning_rate": 0.1})
        == "step 1,200: learning rate 0.1"
    )
    assert views.describe_change({"step": 3, "turns": "generator"}) == "step 3: only G learns"
    assert views.describe_change({"step": 4, "turns": "both"}) == "step 4: both learn"


def test_faint_gradients_are_told_from_none():
    ys = []
    for values in ((1.0, 1e-6), (1.0, 1e-3)):
        drawn = plots.training([curve("generator_gradient", *values, *values[1:])])
        ys.append(re.findall(r"<i>([^<]*)</i>", drawn)[1])
    assert float(ys[0]) < 1e-5 < float(ys[1])


@pytest.mark.parametrize(
    ("names", "measure", "guide"),
    [
        (("d_real", "d_fake"), "probability", True),
        (("energy_real", "energy_fake"), "energy", False),
        (("real", "fake", "critic_gap"), "score", False),
    ],
)
def test_opinions_are_told_in_the_family_s_own_measure(names, measure, guide):
    drawn = plots.training([curve(name, 1.0, 2.0) for name in names])
    assert plots.OUTPUTS[measure].title in drawn
    assert ("guide" in drawn) == guide


def test_side_by_side_each_output_stands_in_its_own_measure():
    kinds = {"probability": "d_real", "energy": "energy_real", "score": "critic_gap"}
    models = {kind: [curve(name, 1.0), curve("real", 2.0)] for kind, name in kinds.items()}
    drawn = plots.compare_trainings({**models, "silent <b>": []})
    for kind, panel in plots.OUTPUTS.items():
        section = drawn.partition(f"<h2>{panel.title}</h2>")[2].partition("</section>")[0]
        assert re.findall(r"<figcaption><span>(\w+)</span>", section) == [kind]
    assert "silent &lt;b&gt;" in drawn


def test_only_what_was_recorded_is_plotted():
    assert plots.training([]) == ""
    assert plots.training([curve("generator", 1.0, 2.0)]).count("<figure>") == 1


def test_a_setting_that_a_family_does_not_have_is_refused_with_those_it_has():
    with pytest.raises(ValueError, match=mentions("gan clip real_label")):
        settings.make_configs("gan", "studio", {"clip": 1})
    with pytest.raises(ValueError, match="width"):
        settings.read_changes("gan", {"width": 3})


def test_what_is_given_wins_over_the_preset():
    config, loop = settings.make_configs("dcgan", "classic", {"learning_rate": "0.5", "seed": 3.0})
    assert (config.learning_rate, config.beta1, loop.seed, loop.average_decay) == (0.5, 0.5, 3, 0.0)


def test_every_changeable_setting_belongs_to_a_family_that_lets_it_change():
    names = settings.changeable_fields()
    assert {"learning_rate", "critic_steps", "augment", "r1_gamma", "clip"} <= set(names)
    assert not {"image_size", "batch_size", "latent_dim", "width"} & set(names)


def test_an_image_size_is_one_that_the_family_can_draw():
    assert settings.fit_image_size("gan", 28) == 28
    assert settings.fit_image_size("dcgan", 28) == 32
    assert settings.fit_image_size("dcgan", 64) == 64
