"""What goes wrong in a training: a function for each way, and the thresholds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean, median, pstdev

from gan_studio.training.diagnostics import family_remedies
from gan_studio.training.diagnostics.history import LEAST, LOOKS, PROGRESS, Course
from gan_studio.training.diagnostics.remedies import (
    add_noise,
    augment,
    calm,
    halve_rates,
    penalise,
    relax,
    skip_turns,
    slow_discriminator,
    smooth,
    speed_discriminator,
    unsaturate,
)
from gan_studio.training.diagnostics.remedy import Remedy

FAR, POOR = 0.5, 0.3
"""distance, in parts of the largest, of bad pictures, and of ones that are not good: healthy toys
halt for a while at 0.15, and at 0.39 with calm losses where they are eight units wide"""
SURE = 0.97
"""accuracy of a discriminator that is hardly ever wrong; shipped models' have 0.60 to 0.80"""
GUESS = 0.6
"""accuracy of a discriminator that hardly knows more than a coin"""
FADED = 0.05
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
BOUND = {"probability": 100.0, "score": 1e4, "energy": 1e4}
"""loss that is out of bounds wherever it began: a cross entropy of 100 calls the truth e^-100"""
SWING = 0.5
"""deviation of the generator's loss, in parts of its mean size, that is more than noise: healthy
toys have up to 0.24, but critics' whose scores pass through zero 1.2, hence POOR as well"""
HEARD, TELLS = 0.02, 0.7
"""gap of probabilities, and accuracy, below which r_v is noise; healthy toys have up to 0.31"""
BY_HEART = 0.5
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


def divergence(course: Course) -> Finding | None:
    """A value that is no number, or one that is out of all proportion to the start's."""
    failure = course.failure.partition(";")[0]  # then follows what to do, and a path
    evidence = failure or _broken(course) or _exploded(course)
    if not evidence:
        return None
    return Finding(
        name="divergence",
        evidence=evidence,
        explanation=(
            "The numbers of the game have left all bounds, and what is drawn now is noise. "
            "One step was too large, and each step after it answers with a larger one."
        ),
        remedies=course.mended(
            halve_rates,
            family_remedies.penalise_slope,
            family_remedies.narrow,
            penalise,
            calm,
        ),
        severe=True,
    )


def _broken(course: Course) -> str:
    last = course.rows[-1] if course.rows else {}
    broken = [name for name, value in last.items() if not math.isfinite(value)]
    return f"no longer a number at step {last['step']:.0f}: {', '.join(broken)}" if broken else ""


def _exploded(course: Course) -> str:
    for name, said in LOSSES.items():
        values = [abs(value) for value in course.series(name)]
        if len(values) < LOOKS:
            continue
        now, start = median(values[-LOOKS:]), max(values[:LEAST])
        if name in BOUNDED and now > BOUND[course.measure]:
            return f"{said} is {now:.3g}"
        if len(values) > LEAST and now > EXPLODED * max(start, TINY):
            return f"{said} was at most {start:.3g} at first and is {now:.3g} now"
    return ""


LOSSES = {
    "generator": "the generator's loss",
    "discriminator": "the discriminator's loss",
    "generator_gradient": "the generator's gradient norm",
    "discriminator_gradient": "the discriminator's gradient norm",
}
BOUNDED = "generator", "discriminator"


def vanishing_gradients(course: Course) -> Finding | None:
    """Arjovsky & Bottou, 2017, Theorem 2.4: before a perfect D the generator's gradient is 0."""
    norms = course.series("generator_gradient")
    start, now = max(norms[:LEAST], default=math.nan), course.now("generator_gradient")
    if not (now < FADED * start and course.now("accuracy") >= SURE and course.stuck):
        return None
    return Finding(
        name="vanishing gradients",
        evidence=(
            f"the generator's gradient norm {start:.3g} at first and {now:.3g} now, "
            f"{course.told('accuracy')}"
        ),
        explanation=(
            "The discriminator is so sure of itself that small changes of a picture no longer "
            "change its opinion. The generator therefore gets no hint in which direction to go."
        ),
        remedies=course.mended(
            unsaturate, family_remedies.widen, slow_discriminator, add_noise,
            penalise, smooth,
        ),
        severe=True,
    )  # fmt: skip


def discriminator_won(course: Course) -> Finding | None:
    """D makes no mistake and G no progress; a critic's certainty alone is no fault."""
    sure = course.now("accuracy") >= SURE and course.stuck
    if not sure or not (course.level >= FAR or course.measure == "probability"):
        return None
    if vanishing_gradients(course):
        return None  # which says the same and why
    return Finding(
        name="the discriminator has won",
        evidence=f"{course.told('accuracy', 'real', 'fake')}, {course.distances()}",
        explanation=(
            "The discriminator recognises every generated picture, and the generator comes no "
            "closer to the real ones. A game teaches only as long as both sides sometimes lose."
        ),
        remedies=course.mended(
            slow_discriminator, penalise, add_noise, smooth, skip_turns,
            family_remedies.ease_critic, family_remedies.narrow, family_remedies.lower_margin,
        ),
        severe=True,
    )  # fmt: skip


def generator_won(course: Course) -> Finding | None:
    """D is fooled by bad pictures; in the equilibrium it is fooled by good ones."""
    if not (course.now("accuracy") <= GUESS and course.stuck and course.level >= FAR):
        return None
    return Finding(
        name="the generator has won",
        evidence=f"{course.told('accuracy', 'real', 'fake')}, {course.distances()}",
        explanation=(
            "The discriminator takes bad pictures for real ones. From a judge that sees no "
            "difference the generator cannot learn what is wrong."
        ),
        remedies=course.mended(
            speed_discriminator,
            family_remedies.train_critic,
            relax,
            family_remedies.widen,
        ),
        severe=True,
    )


def mode_collapse(course: Course) -> Finding | None:
    """Few different pictures, and no longer more of them; or far fewer than there were."""
    diversity, before = course.now("diversity"), course.halfway("diversity")
    best = max(course.series("diversity"), default=math.nan)
    fell = not math.isnan(before) and diversity < SHRUNK * best
    narrow = diversity < NARROW and (diversity * PROGRESS <= before or fell)
    missing = course.now("missing")
    lacks = missing >= MISSING and missing >= course.halfway("missing")
    if not (narrow or lacks):
        return None
    balance = [penalise]
    if course.now("accuracy") <= GUESS:  # a D that sees nothing is to see more, not to be held
        balance = [speed_discriminator, family_remedies.train_critic]
    return Finding(
        name="mode collapse",
        evidence=course.told("diversity", "missing"),
        explanation=(
            "Whatever its latent, the generator draws much the same few pictures. It has found "
            "something that deceives the discriminator now, and nothing rewards it for variety."
        ),
        remedies=course.mended(
            family_remedies.ask_for_diversity,
            family_remedies.push_apart,
            family_remedies.look_ahead,
            *balance,
            halve_rates,
        ),
        severe=True,
    )  # fmt: skip


def oscillation(course: Course) -> Finding | None:
    """The players chase each other in circles (Mescheder et al., 2018)."""
    losses = course.series("generator")
    losses = losses[len(losses) // 2 :]
    size = fmean(map(abs, losses)) if losses else 0.0
    swing = pstdev(losses) / size if size else 0.0
    if not (course.stuck and course.level >= POOR and swing >= SWING):
        return None
    return Finding(
        name="oscillation without progress",
        evidence=f"the generator's loss swings by {swing:.0%} of its size, {course.distances()}",
        explanation=(
            "Both losses swing while the pictures come no closer to the real ones. Each player "
            "undoes what the other has just learned, and the game goes round in circles."
        ),
        remedies=course.mended(halve_rates, calm, penalise, family_remedies.penalise_slope),
        severe=False,
    )


def overfitting(course: Course) -> Finding | None:
    """r_v = (D(train) - D(held out)) / (D(train) - D(fake)) (Karras et al., 2020, Eq. 1)."""
    real, held_out, fake = (course.now(name) for name in ("real", "held_out", "fake"))
    gap = HEARD if course.measure == "probability" else 0.0
    if not abs(real - fake) > gap or not course.now("accuracy") >= TELLS:
        return None
    r_v = (real - held_out) / (real - fake)
    if r_v < BY_HEART:
        return None
    return Finding(
        name="over-fitting discriminator",
        evidence=(
            f"{course.told('real', 'held_out', 'fake')}: of the way from training to generated "
            f"pictures, {min(r_v, 1):.0%} lies before real ones that it has not seen"
        ),
        explanation=(
            "The discriminator has learned its few pictures by heart and takes other real ones for "
            "fakes. What it teaches is to copy these pictures, and soon nothing at all."
        ),
        remedies=course.mended(augment, penalise, slow_discriminator),
        severe=False,
    )


DETECTORS: tuple[Callable[[Course], Finding | None], ...] = (
    vanishing_gradients,
    discriminator_won,
    generator_won,
    mode_collapse,
    overfitting,
)
