"""Remedies for any family of latent GANs, or any with probabilities; see docs/remedies.md."""

from __future__ import annotations

import math

from gan_studio.training.diagnostics.remedy import Remedy, Setting, field_rule, short

SLOWEST = 1e-6
"""step size below which slower is no remedy"""
STRONGEST = 100.0
"""weight of R1 above which more only stops the discriminator; our families have 0.5 to 5"""
AUGMENTATIONS = "translation+cutout", "colour+translation+cutout"
"""from weak to strong (Zhao et al., 2020)"""
NOISE, NOISE_STEPS = 0.1, 2000
"""deviation of the noise at once, and updates in which it falls to nothing"""


def halve_rates(s: Setting) -> Remedy | None:
    changes = {
        field: short(s.get(field) / 2)
        for field in ("learning_rate", "discriminator_rate")
        if (s.get(field) or 0) > SLOWEST
    }
    if not changes:
        return None
    why = "Smaller steps follow the gradient where large ones jump over what they aim at."
    title = (
        "Halve both learning rates" if s.get("discriminator_rate") else "Halve the learning rate"
    )
    return Remedy(title=title, changes=changes, why=why)


def slow_discriminator(s: Setting) -> Remedy | None:
    """To the generator's rate first, then to a quarter at a time (Heusel et al., 2017)."""
    rate, ours = s.get("learning_rate"), s.discriminator_rate
    if not rate or ours / 4 < SLOWEST:
        return None
    if ours > rate:
        return Remedy(
            title="Give both players the same learning rate",
            changes={"discriminator_rate": 0.0},
            why="The discriminator learns faster than the generator can answer.",
        )
    return Remedy(
        title="Slow the discriminator down to a quarter",
        changes={"discriminator_rate": short(ours / 4)},
        why="A slower discriminator leaves the generator time to catch up.",
    )


def speed_discriminator(s: Setting) -> Remedy | None:
    """Up to the generator's rate first, then fourfold, to 0.01 at most."""
    rate, ours = s.get("learning_rate"), s.discriminator_rate
    if not rate:
        return None
    if ours < rate:
        return Remedy(
            title="Give both players the same learning rate",
            changes={"discriminator_rate": 0.0},
            why="The discriminator learns more slowly than the generator it is to judge.",
        )
    if ours * 4 > 0.01:
        return None
    return Remedy(
        title="Let the discriminator learn four times as fast",
        changes={"discriminator_rate": short(ours * 4)},
        why="A discriminator that keeps up has something to teach (Heusel et al., 2017).",
    )


def strengthen_r1(s: Setting) -> Remedy | None:
    """R1 on, or three times as strong (Mescheder et al., 2018)."""
    gamma = s.get("r1_gamma")
    if gamma is None or gamma * 3 > STRONGEST:
        return None
    why = "The penalty keeps the discriminator flat around real pictures, so it cannot run ahead."
    if gamma == 0:
        return Remedy(title="Switch the gradient penalty R1 on", changes={"r1_gamma": 1.0}, why=why)
    title = "Make the gradient penalty R1 three times as strong"
    return Remedy(title=title, changes={"r1_gamma": short(gamma * 3)}, why=why)


weaken_r1 = field_rule(
    "r1_gamma",
    lambda gamma: short(gamma / 3),
    lambda gamma: gamma >= 0.1,
    title="Weaken the gradient penalty R1 to a third",
    why="A penalty that is too strong leaves the discriminator blind to what is wrong.",
)


def add_noise(s: Setting) -> Remedy | None:
    """Noise of deviation NOISE from now on, gone after as many updates as there were (or 2000).

    The schedule counts from the training's start: instance_noise * (1 - step / noise_steps).
    """
    deviation, steps = s.get("instance_noise"), s.get("noise_steps")
    if deviation is None or deviation * max(0.0, 1 - s.step / steps) >= NOISE / 2:
        return None
    duration = max(NOISE_STEPS, s.step)
    return Remedy(
        title=f"Show the discriminator noisy pictures for {duration} updates",
        changes={
            "instance_noise": short(NOISE * (s.step + duration) / duration),
            "noise_steps": s.step + duration,
        },
        why="Under noise real and generated pictures overlap, and the gradients have a direction.",
    )


def augment(s: Setting) -> Remedy | None:
    """The next stronger set of changes to all that D is shown (Zhao et al., 2020)."""
    now = s.get("augment")
    stronger = (
        AUGMENTATIONS[AUGMENTATIONS.index(now) + 1 :] if now in AUGMENTATIONS else AUGMENTATIONS
    )
    if now is None or not stronger:
        return None
    return Remedy(
        title="Show the discriminator augmented pictures",
        changes={"augment": stronger[0]},
        why="Pictures that are shifted and covered at random cannot be learned by heart.",
    )


smooth_labels = field_rule(
    "real_label",
    lambda _: 0.9,
    lambda target: target >= 1,
    title="Smooth the discriminator's labels to 0.9",
    why="A discriminator that is never to be quite sure keeps gradients for the generator.",
)
"""one-sided label smoothing (Salimans et al., 2016)"""


def skip_discriminator_updates(s: Setting) -> Remedy | None:
    """Below 0.3 more than D's loss can come to; a D that guesses has 2 log 2 = 1.39."""
    t = s.get("real_label")
    if t is None or s.get("skip_d_below") != 0:  # no cross entropy, or skipped already
        return None
    least = -sum(p * math.log(p) for p in (t, 1 - t) if p)  # of a smoothed cross entropy
    return Remedy(
        title="Let the discriminator wait while it leads",
        changes={"skip_d_below": short(least + 0.3)},
        why="Its turn is left out whenever its loss says that it is far ahead.",
    )


use_non_saturating_loss = field_rule(
    "objective",
    lambda _: "non-saturating",
    lambda objective: objective == "minimax",
    title="Give the generator the non-saturating loss",
    why="-log D(G(z)) still has a slope where log(1 - D(G(z))) has lost it.",
)
"""Goodfellow et al., 2014, Section 3"""

disable_momentum = field_rule(
    "beta1",
    lambda _: 0.0,
    bool,
    title="Switch Adam's momentum off",
    why="Momentum carries both players past the point around which they circle.",
)
"""Gidel et al., 2019, Section 3: in a game momentum drives outwards"""
