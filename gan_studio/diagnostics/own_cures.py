"""Cures that one paper brought: fields that only its family, or a few, have."""

from __future__ import annotations

from gan_studio.diagnostics.remedy import Remedy, Setting, short

STRONGEST = 100.0
"""weight of the slope's penalty, ten times the paper's"""


def penalise_slope(s: Setting) -> Remedy | None:
    """The paper's weight, or twice what there is (Gulrajani et al., 2017)."""
    weight = s.get("lambda_gp")
    if weight is None or weight * 2 > STRONGEST:
        return None
    return Remedy(
        title="Strengthen the critic's gradient penalty",
        changes={"lambda_gp": max(10.0, short(weight * 2))},
        why="A critic that is held to slope 1 gives gradients of a useful size everywhere.",
    )


def ease_critic(s: Setting) -> Remedy | None:
    """One critic's step less in every two."""
    turns = s.get("critic_steps")
    if turns is None or turns == 1:
        return None
    return Remedy(
        title="Give the critic fewer turns",
        changes={"critic_steps": turns // 2},
        why="With fewer turns the critic runs ahead less.",
    )


def train_critic(s: Setting) -> Remedy | None:
    """Up to ten, twice the papers' five."""
    turns = s.get("critic_steps")
    if turns is None or turns >= 10:
        return None
    return Remedy(
        title="Give the critic more turns",
        changes={"critic_steps": min(10, max(2, turns * 2))},
        why="The generator's gradient is only as good as the critic is close to its optimum.",
    )


def narrow(s: Setting) -> Remedy | None:
    """Half the bound on the critic's weights; the paper's is 0.01."""
    bound = s.get("clip")
    if bound is None or bound / 2 < 0.005:
        return None
    return Remedy(
        title="Clip the critic's weights to half",
        changes={"clip": short(bound / 2)},
        why="Smaller weights bound the critic's slope, and with it the gradients.",
    )


def widen(s: Setting) -> Remedy | None:
    """Twice the bound on the critic's weights, up to 0.1."""
    bound = s.get("clip")
    if bound is None or bound * 2 > 0.1:
        return None
    return Remedy(
        title="Let the critic's weights grow twice as large",
        changes={"clip": short(bound * 2)},
        why="Weights that are clipped too small let the gradient fade from layer to layer.",
    )


def ask_for_diversity(s: Setting) -> Remedy | None:
    """A higher diversity ratio, up to 2 (Berthelot et al., 2017, Eq. 4)."""
    gamma = s.get("gamma")
    if gamma is None or gamma * 1.25 > 2:
        return None
    return Remedy(
        title="Raise the diversity ratio gamma",
        changes={"gamma": short(max(0.7, gamma * 1.25))},
        why="A higher gamma lets the discriminator attend more to generated pictures.",
    )


def push_apart(s: Setting) -> Remedy | None:
    """The pulling-away term at 0.1 (Zhao et al., 2017, Eq. 4), or twice as strong, up to 1."""
    weight = s.get("pulling_away")
    if weight is None or weight * 2 > 1:
        return None
    return Remedy(
        title="Push generated pictures further apart",
        changes={"pulling_away": max(0.1, short(weight * 2))},
        why="The pulling-away term is lowest where the codes of a batch are all different.",
    )


def look_ahead(s: Setting) -> Remedy | None:
    """Two more of the discriminator's updates foreseen, up to ten (Metz et al., 2017)."""
    steps = s.get("unrolled_steps")
    if steps is None or steps >= 10:
        return None
    return Remedy(
        title="Let the generator look two steps further ahead",
        changes={"unrolled_steps": min(10, steps + 2)},
        why="A generator that foresees the discriminator's answer does not flee to one mode.",
    )


def lower_margin(s: Setting) -> Remedy | None:
    """Half of it, down to 1.5 where it counts in real energies (Zhao et al., 2017, Section 2.3)."""
    margin, least = s.get("margin"), 1.5 if s.get("relative") else 0.001
    if margin is None or margin / 2 < least:
        return None
    return Remedy(
        title="Halve the margin",
        changes={"margin": short(margin / 2)},
        why="Below a lower margin the discriminator stops pushing generated pictures away sooner.",
    )
