"""What sliders by attribute do to random faces of a model, as the face reader sees it.

python -m benchmarks.named_sliders runs/stylegan2-celeba
"""

from __future__ import annotations

from statistics import fmean

import torch
import tyro

from benchmarks import report
from gan_studio.cli import progress
from gan_studio.gans.latents.paths import PROBE
from gan_studio.models.library import Library
from gan_studio.studio import attributes
from gan_studio.vision import faces


def main(
    model: tyro.conf.Positional[str],
    /,
    *,
    count: int = 500,
    seed: int = PROBE + 1,
    orthogonal: bool = False,
    threads: int = 2,
) -> None:
    """Move faces that the sliders were not found with by ±3 sigma; print what changes.

    Args:
        model: name or directory, beside which `gan-studio attributes` has stored its sliders
        count: random faces
        seed: of the faces
        orthogonal: move along directions at right angles to one another
        threads: of torch
    """
    torch.set_num_threads(threads)
    entry = Library().load(model)
    sample = progress.watch_training(attributes.score_samples(entry, faces.load(), count, seed))
    effects = progress.watch_training(
        attributes.measure_effects(
            entry, entry.sliders, sample.scorer, sample.points, orthogonal=orthogonal
        )
    )
    rows = {
        s.name: (f"{s.accuracy:.1%}", f"{s.majority:.1%}", f"{s.reached:.1%}", f"{s.others:.2f}")
        for s in effects.sliders
    }
    success, others = ([getattr(s, n) for s in effects.sliders] for n in ("reached", "others"))
    selective = sum(not attributes.reason_to_leave_out(s) for s in effects.sliders)
    rows["mean"] = "", "", f"{fmean(success):.1%}", f"{fmean(others):.2f}"
    title = "from <= 20 % to >= 80 % over ±3 σ", "change of others / own"
    report.table("slider", "right", "by guessing", *title, rows=rows)
    print(
        f"{selective} of {len(effects.sliders)} sliders move half of the faces or more, and the "
        "other attributes less than a third as much."
    )


if __name__ == "__main__":
    tyro.cli(main)
