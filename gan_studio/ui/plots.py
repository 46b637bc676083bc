"""Curves of trainings as plots, each with a sentence on what it tells."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import NamedTuple

from gan_studio.studio import Curve
from gan_studio.ui.curves import Mark, figure

MIN_NORM = 1e-8
"""the smallest gradient norm that differs from 0 on a plot"""


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
     ("held_out",): "held-out", ("margin",): "margin"},
    "Reconstruction error of the discriminator’s auto-encoder; lower means more real.",
)  # fmt: skip
OUTPUTS = {"probability": PROBABILITIES, "score": SCORES, "energy": ENERGIES}
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
OTHER_COMPARED = (
    Panel(
        "Critic gap",
        {("critic_gap",): "gap"},
        "Estimate of the distance between real and generated pictures.",
    ),
    Panel(
        "Balance",
        {("k",): "k_t", ("M",): "M"},
        "k_t weighs generated pictures in the discriminator’s loss; M falls as training converges.",
    ),
    Panel(
        "Fréchet distance",
        {("fid",): "distance"},
        "During training, from fewer samples than in the table.",
    ),
)
"""those of several models side by side"""


def training(curves: Sequence[Curve], marks: Sequence[Mark] = ()) -> str:
    """Every panel for which one training recorded something; changes on the way are marked."""
    by_name = {curve.name: curve for curve in curves}
    until = max((curve.steps[-1] for curve in curves), default=0)
    html = ""
    for panel in (LOSSES, OUTPUTS[measure(by_name)], *OTHER_PANELS):
        if plot := _plot(panel, panel.title, "History", by_name, marks, until):
            html += f"<div>{plot}<p>{panel.hint}</p></div>"
    return f"<section><div>{html}</div></section>" if html else ""


def compare_trainings(models: Mapping[str, Sequence[Curve]]) -> str:
    """For each panel a plot of each model that recorded it."""
    by_model = {model: {c.name: c for c in curves} for model, curves in models.items()}
    sections = ""
    for panel in (LOSSES, *OUTPUTS.values(), *OTHER_COMPARED):
        plots = "".join(
            _plot(panel, model, panel.title, by_name)
            for model, by_name in by_model.items()
            if panel in (OUTPUTS[measure(by_name)], LOSSES, *OTHER_COMPARED)
        )
        head = f"<h2>{panel.title}</h2><p>{panel.hint}</p>"
        sections += f"<section>{head}<div>{plots}</div></section>" if plots else ""
    silent = [name for name, curves in models.items() if not curves]
    missing = f"<p>No curves were recorded for {escape(', '.join(silent))}.</p>" if silent else ""
    return sections + missing


def measure(names: Collection[str]) -> str:
    """The kind of D's output, from the names of the recorded curves."""
    if "d_real" in names:
        return "probability"
    return "energy" if "energy_real" in names else "score"


def _plot(
    panel: Panel,
    caption: str,
    title: str,
    by_name: Mapping[str, Curve],
    marks: Sequence[Mark] = (),
    until: int = 0,
) -> str:
    names = {
        next((name for name in candidates if name in by_name), ""): label
        for candidates, label in panel.lines.items()
    }
    curves = [by_name[name] for name in names if name]
    if not curves:
        return ""
    return figure(
        caption,
        title,
        curves,
        names,
        logarithmic=panel.logarithmic,
        least=MIN_NORM,
        guides=panel.guides,
        marks=marks,
        until=until,
    )
