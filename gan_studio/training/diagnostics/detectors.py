"""Detectors of the problems of a training, one function each, and their thresholds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean, median, pstdev

from gan_studio.training.diagnostics import family_remedies as of_family
from gan_studio.training.diagnostics import remedies as general
from gan_studio.training.diagnostics.history import MIN_VALUES, PROGRESS, WINDOW, History
from gan_studio.training.diagnostics.remedy import Remedy

FAR, POOR = 0.5, 0.3
"""distance, in parts of the largest, of bad pictures, and of ones that are not good: healthy toys
halt for a while at 0.15, and at 0.39 with calm losses where they are eight units wide"""
SURE = 0.97
"""accuracy of a discriminator that is hardly ever wrong; shipped models' have 0.60 to 0.80"""
GUESS = 0.6
"""accuracy of a discriminator that hardly knows more than a coin"""
VANISHED = 0.05
"""gradient norm, in parts of that at the start, that is nearly nothing; healthy toys come down to
0.024 as their game gets balanced, so this counts only before a discriminator that is sure"""
NARROW = 0.5
"""diversity below which pictures resemble one another; shipped models have 0.94 to 1.07"""
SHRUNK = 0.6
"""diversity now, in parts of the best before, that is a collapse"""
MISSING = 2
"""classes that 128 pictures lack; one may be bad luck of a rare class"""
EXPLODED = 100.0
"""loss or gradient norm, in parts of its start's, that is out of bounds; healthy toys reach 6"""
TINY = 0.01
"""a loss or norm at the start below which nothing is said of proportions"""
MAX_LOSS = {"probability": 100.0, "score": 1e4, "energy": 1e4}
"""loss that is out of bounds wherever it began: a cross entropy of 100 calls the truth e^-100"""
SWING = 0.5
"""deviation of the generator's loss, in parts of its mean size, that is more than noise: healthy
toys have up to 0.24, but critics' whose scores pass through zero 1.2, hence POOR as well"""
HEARD, TELLS = 0.02, 0.7
"""gap of probabilities, and accuracy, below which r_v is noise; healthy toys have up to 0.31"""
MEMORIZED = 0.5
"""r_v above which D has learned its pictures by heart (Karras et al., 2020, aim at 0.5 to 0.6)"""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that goes wrong."""

    name: str
    evidence: str
    """in numbers"""
    explanation: str
    """two sentences"""
    remedies: tuple[Remedy, ...]
    severe: bool
    """whether going on as it is would be a waste of time"""


def divergence(history: History) -> Finding | None:
    """A value that is no number, or one that is out of all proportion to the start's."""
    failure = history.failure.partition(";")[0]  # then follows what to do, and a path
    evidence = failure or _non_finite(history) or _out_of_bounds(history)
    if not evidence:
        return None
    return Finding(
        name="divergence",
        evidence=evidence,
        explanation=(
            "The numbers of the game have left all bounds, and what is drawn now is noise. "
            "One step was too large, and each step after it answers with a larger one."
        ),
        remedies=history.remedies_for(
            general.halve_rates,
            of_family.strengthen_gradient_penalty,
            of_family.tighten_clipping,
            general.strengthen_r1,
            general.disable_momentum,
        ),
        severe=True,
    )


def _non_finite(history: History) -> str:
    last = history.rows[-1] if history.rows else {}
    broken = [name for name, value in last.items() if not math.isfinite(value)]
    return f"no longer a number at step {last['step']:.0f}: {', '.join(broken)}" if broken else ""


def _out_of_bounds(history: History) -> str:
    for name, title in LOSSES.items():
        values = [abs(value) for value in history.series(name)]
        if len(values) < WINDOW:
            continue
        now, start = median(values[-WINDOW:]), max(values[:MIN_VALUES])
        if name in BOUNDED_LOSSES and now > MAX_LOSS[history.measure]:
            return f"{title} is {now:.3g}"
        if len(values) > MIN_VALUES and now > EXPLODED * max(start, TINY):
            return f"{title} was at most {start:.3g} at first and is {now:.3g} now"
    return ""


LOSSES = {
    "generator": "the generator's loss",
    "discriminator": "the discriminator's loss",
    "generator_gradient": "the generator's gradient norm",
    "discriminator_gradient": "the discriminator's gradient norm",
}
BOUNDED_LOSSES = "generator", "discriminator"


def vanishing_gradients(history: History) -> Finding | None:
    """Arjovsky & Bottou, 2017, Theorem 2.4: before a perfect D the generator's gradient is 0."""
    norms = history.series("generator_gradient")
    start, now = max(norms[:MIN_VALUES], default=math.nan), history.now("generator_gradient")
    if not (now < VANISHED * start and history.now("accuracy") >= SURE and history.stuck):
        return None
    return Finding(
        name="vanishing gradients",
        evidence=(
            f"the generator's gradient norm {start:.3g} at first and {now:.3g} now, "
            f"{history.evidence('accuracy')}"
        ),
        explanation=(
            "The discriminator is so sure of itself that small changes of a picture no longer "
            "change its opinion. The generator therefore gets no hint in which direction to go."
        ),
        remedies=history.remedies_for(
            general.use_non_saturating_loss, of_family.loosen_clipping,
            general.slow_discriminator, general.add_noise, general.strengthen_r1,
            general.smooth_labels,
        ),
        severe=True,
    )  # fmt: skip


def discriminator_won(history: History) -> Finding | None:
    """D makes no mistake and G no progress; a critic's certainty alone is no fault."""
    sure = history.now("accuracy") >= SURE and history.stuck
    if not sure or not (history.relative_distance >= FAR or history.measure == "probability"):
        return None
    if vanishing_gradients(history):
        return None  # which says the same and why
    return Finding(
        name="the discriminator has won",
        evidence=f"{history.evidence('accuracy', 'real', 'fake')}, {history.distances()}",
        explanation=(
            "The discriminator recognises every generated picture, and the generator comes no "
            "closer to the real ones. A game teaches only as long as both sides sometimes lose."
        ),
        remedies=history.remedies_for(
            general.slow_discriminator, general.strengthen_r1, general.add_noise,
            general.smooth_labels, general.skip_discriminator_updates,
            of_family.fewer_critic_steps, of_family.tighten_clipping, of_family.lower_margin,
        ),
        severe=True,
    )  # fmt: skip


def generator_won(history: History) -> Finding | None:
    """D is fooled by bad pictures; in the equilibrium it is fooled by good ones."""
    if not (
        history.now("accuracy") <= GUESS and history.stuck and history.relative_distance >= FAR
    ):
        return None
    return Finding(
        name="the generator has won",
        evidence=f"{history.evidence('accuracy', 'real', 'fake')}, {history.distances()}",
        explanation=(
            "The discriminator takes bad pictures for real ones. From a judge that sees no "
            "difference the generator cannot learn what is wrong."
        ),
        remedies=history.remedies_for(
            general.speed_discriminator,
            of_family.more_critic_steps,
            general.weaken_r1,
            of_family.loosen_clipping,
        ),
        severe=True,
    )


def mode_collapse(history: History) -> Finding | None:
    """Few different pictures, and no longer more of them; or far fewer than there were."""
    diversity, before = history.now("diversity"), history.halfway("diversity")
    best = max(history.series("diversity"), default=math.nan)
    fell = not math.isnan(before) and diversity < SHRUNK * best
    narrow = diversity < NARROW and (diversity * PROGRESS <= before or fell)
    missing = history.now("missing")
    lacks = missing >= MISSING and missing >= history.halfway("missing")
    if not (narrow or lacks):
        return None
    balance = [general.strengthen_r1]
    if history.now("accuracy") <= GUESS:  # a D that sees nothing is to see more, not to be held
        balance = [general.speed_discriminator, of_family.more_critic_steps]
    return Finding(
        name="mode collapse",
        evidence=history.evidence("diversity", "missing"),
        explanation=(
            "Whatever its latent, the generator draws much the same few pictures. It has found "
            "something that deceives the discriminator now, and nothing rewards it for variety."
        ),
        remedies=history.remedies_for(
            of_family.raise_gamma, of_family.strengthen_pulling_away, of_family.unroll_further,
            *balance, general.halve_rates,
        ),
        severe=True,
    )  # fmt: skip


def oscillation(history: History) -> Finding | None:
    """The players chase each other in circles (Mescheder et al., 2018)."""
    losses = history.series("generator")
    losses = losses[len(losses) // 2 :]
    size = fmean(map(abs, losses)) if losses else 0.0
    swing = pstdev(losses) / size if size else 0.0
    if not (history.stuck and history.relative_distance >= POOR and swing >= SWING):
        return None
    return Finding(
        name="oscillation without progress",
        evidence=f"the generator's loss swings by {swing:.0%} of its size, {history.distances()}",
        explanation=(
            "Both losses swing while the pictures come no closer to the real ones. Each player "
            "undoes what the other has just learned, and the game goes round in circles."
        ),
        remedies=history.remedies_for(
            general.halve_rates,
            general.disable_momentum,
            general.strengthen_r1,
            of_family.strengthen_gradient_penalty,
        ),
        severe=False,
    )


def overfitting(history: History) -> Finding | None:
    """r_v = (D(train) - D(held out)) / (D(train) - D(fake)) (Karras et al., 2020, Eq. 1)."""
    real, held_out, fake = (history.now(name) for name in ("real", "held_out", "fake"))
    gap = HEARD if history.measure == "probability" else 0.0
    if not abs(real - fake) > gap or not history.now("accuracy") >= TELLS:
        return None
    r_v = (real - held_out) / (real - fake)
    if r_v < MEMORIZED:
        return None
    return Finding(
        name="over-fitting discriminator",
        evidence=(
            f"{history.evidence('real', 'held_out', 'fake')}: of the way from training to "
            f"generated pictures, {min(r_v, 1):.0%} lies before real ones that it has not seen"
        ),
        explanation=(
            "The discriminator has learned its few pictures by heart and takes other real ones for "
            "fakes. What it teaches is to copy these pictures, and soon nothing at all."
        ),
        remedies=history.remedies_for(
            general.augment, general.strengthen_r1, general.slow_discriminator
        ),
        severe=False,
    )


DETECTORS: tuple[Callable[[History], Finding | None], ...] = (
    vanishing_gradients,
    discriminator_won,
    generator_won,
    mode_collapse,
    overfitting,
)
