"""A training's history as plots, each with a sentence on what it tells."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from gan_studio.studio import Curve
from gan_studio.ui.curves import Mark, figure

MIN_NORM = 1e-8
"""the smallest gradient norm that is told from none"""


TURNS = {"discriminator": "only D learns", "generator": "only G learns"}
"""who learns, where it is not both"""


class Panel(NamedTuple):
    """Curves that share their axes, and what they tell."""

    title: str
    lines: Mapping[tuple[str, ...], str]
    """names under which a curve may be recorded, the first that is there being taken -> its name"""
    hint: str
    guides: tuple[float, ...] = ()
    logarithmic: bool = False


PROBABILITIES = Panel(
    "Discriminator output",
    {("real", "d_real"): "real", ("fake", "d_fake"): "generated", ("held_out",): "held-out"},
    "Probability that a picture is real, for training pictures, generated ones and held-out real "
    "ones. At 0.5 the discriminator can only guess; held-out far below real means overfitting.",
    (0.5,),
)
SCORES = Panel(
    "Critic scores",
    {("real",): "real", ("fake",): "generated", ("held_out",): "held-out"},
    "Higher means more real; only the gap between the curves counts. Held-out near generated means "
    "that the critic overfits.",
)
ENERGIES = Panel(
    "Discriminator energy",
    {("real", "energy_real"): "real", ("fake", "energy_fake"): "generated",
     ("held_out",): "held-out"},
    "Reconstruction error of the discriminator’s auto-encoder; lower means more real.",
)  # fmt: skip
OUTPUT_PANELS = {"probability": PROBABILITIES, "score": SCORES, "energy": ENERGIES}
LOSSES = Panel(
    "Losses",
    {("generator",): "G", ("discriminator",): "D"},
    "Each network minimises its own loss. Flat curves mean balance; one that runs away means a "
    "player is losing.",
)
OTHER_PANELS = (
    Panel(
        "Discriminator accuracy",
        {("accuracy",): ""},
        "Share of pictures that the discriminator classifies correctly. At 0.5 (50 %) it guesses; "
        "near 1 it has won.",
        (0.5,),
    ),
    Panel(
        "Gradient norms",
        {("generator_gradient",): "G", ("discriminator_gradient",): "D"},
        "Size of each network’s gradient, on a logarithmic axis. Near 0 the network no longer "
        "learns.",
        logarithmic=True,
    ),
    Panel(
        "Diversity",
        {("diversity",): ""},
        "How much generated pictures differ from each other: 1 is as much as real ones, near 0 all "
        "are alike (mode collapse).",
        (1.0,),
    ),
    Panel(
        "Fréchet distance",
        {("distance",): ""},
        "Distance between the features of generated and real pictures; lower is better. It comes "
        "from few samples, so compare it only within this training.",
    ),
)


def plots(curves: Sequence[Curve], changes: Sequence[Mapping[str, Any]] = ()) -> str:
    """Every panel for which something was recorded; changes on the way are marked."""
    known = {curve.name: curve for curve in curves}
    marks = [Mark(int(changed["step"]), describe_change(changed)) for changed in changes]
    panels = (LOSSES, OUTPUT_PANELS[measure(known)], *OTHER_PANELS)
    until = max((curve.steps[-1] for curve in curves), default=0)
    drawn = "".join(_plot(panel, known, marks, until) for panel in panels)
    return f"<section><div>{drawn}</div></section>" if drawn else ""


def measure(known: Collection[str]) -> str:
    """The kind of D's output, from the names of the recorded curves."""
    if "d_real" in known:
        return "probability"
    return "energy" if "energy_real" in known else "score"


def describe_change(changed: Mapping[str, Any]) -> str:
    """One change on the way, as a sentence's half."""
    new = {name: value for name, value in changed.items() if name != "step"}
    said = [
        TURNS.get(value, "both learn") if name == "turns" else f"{name.replace('_', ' ')} {value}"
        for name, value in new.items()
    ]
    return f"step {changed['step']:,}: {', '.join(said)}"


def _plot(panel: Panel, known: Mapping[str, Curve], marks: Sequence[Mark], until: int) -> str:
    names = {
        next((name for name in candidates if name in known), ""): title
        for candidates, title in panel.lines.items()
    }
    chosen = [known[name] for name in names if name]
    if not chosen:
        return ""
    plot = figure(
        panel.title,
        "History",
        chosen,
        names,
        logarithmic=panel.logarithmic,
        least=MIN_NORM,
        guides=panel.guides,
        marks=marks,
        until=until,
    )
    return f"<div>{plot}<p>{panel.hint}</p></div>"
