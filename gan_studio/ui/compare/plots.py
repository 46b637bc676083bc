"""Curves of trainings: for each kind of number a plot of each model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from gan_studio.studio import Curve
from gan_studio.ui.curves import figure

NAMES = {
    "generator": "G",
    "discriminator": "D",
    "d_real": "real",
    "d_fake": "fake",
    "k": "k_t",
    "energy_real": "real",
    "energy_fake": "fake",
    "critic_gap": "gap",
    "fid": "distance",
}


class Panel(NamedTuple):
    """Curves that share their axes, and what they tell."""

    title: str
    names: tuple[str, ...]
    hint: str


PANELS = (
    Panel(
        "Losses",
        ("generator", "discriminator"),
        "Flat curves mean balance; one that runs away means a player is losing.",
    ),
    Panel(
        "D(real) and D(fake)",
        ("d_real", "d_fake"),
        "The discriminator’s probability that a picture is real; at 0.5 it guesses.",
    ),
    Panel(
        "Critic gap",
        ("critic_gap",),
        "Estimate of the distance between real and generated pictures.",
    ),
    Panel(
        "Energies",
        ("energy_real", "energy_fake", "margin"),
        "Reconstruction error of the discriminator’s auto-encoder.",
    ),
    Panel(
        "Balance",
        ("k", "M"),
        "k_t weighs generated pictures in the discriminator’s loss; M falls as training converges.",
    ),
    Panel("Fréchet distance", ("fid",), "During training, from fewer samples than in the table."),
)


def panels(models: Mapping[str, Sequence[Curve]]) -> str:
    """For each kind of curve a plot of each model that recorded it."""
    sections = [_section(panel, models) for panel in PANELS]
    silent = [name for name, curves in models.items() if not curves]
    missing = f"<p>No curves were recorded for {escape(', '.join(silent))}.</p>" if silent else ""
    return "".join(sections) + missing


def _section(panel: Panel, models: Mapping[str, Sequence[Curve]]) -> str:
    plots = ""
    for model, curves in models.items():
        known = {curve.name: curve for curve in curves}
        chosen = [known[name] for name in panel.names if name in known]
        plots += figure(model, panel.title, chosen, NAMES) if chosen else ""
    head = f"<h2>{panel.title}</h2><p>{panel.hint}</p>"
    return f"<section>{head}<div>{plots}</div></section>" if plots else ""
