"""Remedies of single papers: they change fields that only one family, or a few, have."""

from __future__ import annotations

from gan_studio.training.diagnostics.remedy import Remedy, Setting, field_rule, short

STRONGEST = 100.0
"""weight of the slope's penalty, ten times the paper's"""

strengthen_gradient_penalty = field_rule(
    "lambda_gp",
    lambda weight: max(10.0, short(weight * 2)),
    lambda weight: weight * 2 <= STRONGEST,
    title="Strengthen the critic's gradient penalty",
    why="A critic that is held to slope 1 gives gradients of a useful size everywhere.",
)
"""the paper's weight, or twice what there is (Gulrajani et al., 2017)"""

fewer_critic_steps = field_rule(
    "critic_steps",
    lambda turns: turns // 2,
    lambda turns: turns != 1,
    title="Give the critic fewer turns",
    why="With fewer turns the critic runs ahead less.",
)
"""one critic's step less in every two"""

more_critic_steps = field_rule(
    "critic_steps",
    lambda turns: min(10, max(2, turns * 2)),
    lambda turns: turns < 10,
    title="Give the critic more turns",
    why="The generator's gradient is only as good as the critic is close to its optimum.",
)
"""up to ten, twice the papers' five"""

tighten_clipping = field_rule(
    "clip",
    lambda bound: short(bound / 2),
    lambda bound: bound / 2 >= 0.005,
    title="Clip the critic's weights to half",
    why="Smaller weights bound the critic's slope, and with it the gradients.",
)
"""half the bound on the critic's weights; the paper's is 0.01"""

loosen_clipping = field_rule(
    "clip",
    lambda bound: short(bound * 2),
    lambda bound: bound * 2 <= 0.1,
    title="Let the critic's weights grow twice as large",
    why="Weights that are clipped too small let the gradient fade from layer to layer.",
)
"""twice the bound on the critic's weights, up to 0.1"""

raise_gamma = field_rule(
    "gamma",
    lambda gamma: short(max(0.7, gamma * 1.25)),
    lambda gamma: gamma * 1.25 <= 2,
    title="Raise the diversity ratio gamma",
    why="A higher gamma lets the discriminator attend more to generated pictures.",
)
"""up to 2 (Berthelot et al., 2017, Eq. 4)"""

strengthen_pulling_away = field_rule(
    "pulling_away",
    lambda weight: max(0.1, short(weight * 2)),
    lambda weight: weight * 2 <= 1,
    title="Push generated pictures further apart",
    why="The pulling-away term is lowest where the codes of a batch are all different.",
)
"""the pulling-away term at 0.1 (Zhao et al., 2017, Eq. 4), or twice as strong, up to 1"""

unroll_further = field_rule(
    "unrolled_steps",
    lambda steps: min(10, steps + 2),
    lambda steps: steps < 10,
    title="Let the generator look two steps further ahead",
    why="A generator that foresees the discriminator's answer does not flee to one mode.",
)
"""two more of the discriminator's updates foreseen, up to ten (Metz et al., 2017)"""


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
