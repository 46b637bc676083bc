"""Style transfer at equal time: ours with either network against a plain loop, judged by VGG-19.

    python -m benchmarks.style_transfer --contents FOLDER --styles FOLDER --output SHEET.jpg

Each side paints each pair with several content weights and so draws a front: style distance against
content distance. What counts is the style distance at the content distance of the plain loop's
pictures, read off our front in between. Neither side is judged at one tuned point. A side's clock
starts with its targets and stops at the budget; networks are loaded before. `style_memory` measures
what the paintings take.
"""

from __future__ import annotations

import dataclasses
import itertools
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
import tyro
from PIL import Image
from torch import Tensor

from benchmarks import plain_gatys, report
from gan_studio import vision
from gan_studio.core.devices import best_device
from gan_studio.images import convert
from gan_studio.images import files as image_files
from gan_studio.style_transfer import StyleConfig, gram_matrix, stylize
from gan_studio.style_transfer.config import STYLE_LAYERS
from gan_studio.style_transfer.losses import relative_error
from gan_studio.style_transfer.objective import resize

OURS = {"embedded": (2.0, 8.0, 40.0), "vgg19": (1.0, 6.0)}
"""our content weights, by network"""
COLUMNS = ("plain 0", "embedded", "plain 1", "vgg19")
"""of the contact sheet, after content and style"""
PLAIN = (1.0, 6.0)
"""the plain loop's style weights; beyond them on either side its pictures do not change"""


@dataclasses.dataclass(frozen=True)
class Point:
    """A painting as the judge sees it."""

    content: float
    style: float
    picture: Tensor
    """(1, 3, H, W) in [-1, 1]"""


class Judge:
    """VGG-19 as it is: shares of the content's relu4_2 and of the style's Gram matrices."""

    def __init__(self, vgg: plain_gatys.Tapped, content: Tensor, style: Tensor) -> None:
        self.vgg = vgg
        with torch.no_grad():
            self.content = vgg(content / 2 + 0.5)["relu4_2"]
            features = vgg(style / 2 + 0.5)
        self.grams = {name: gram_matrix(features[name]) for name in STYLE_LAYERS}

    @torch.no_grad()
    def __call__(self, painting: Tensor) -> Point:
        features = self.vgg(painting / 2 + 0.5)
        distances = [relative_error(gram_matrix(features[n]), g) for n, g in self.grams.items()]
        content = relative_error(features["relu4_2"], self.content)
        return Point(content.item(), torch.stack(distances).mean().item(), painting)


@dataclasses.dataclass(frozen=True)
class Side:
    """One contender on one pair: its front, and what it costs."""

    front: tuple[Point, ...]
    per_step: float
    """seconds of a step at the full size"""


def picture(path: Path, size: int) -> Tensor:
    """(1, 3, H, W) in [-1, 1], at most `size` on the longest side."""
    image = image_files.load(path).convert("RGB")
    image.thumbnail((size, size), Image.Resampling.LANCZOS)
    return tensor(image)


def tensor(image: Image.Image) -> Tensor:
    return convert.from_uint8(torch.from_numpy(np.array(image)).permute(2, 0, 1)[None]).contiguous()


def ours(network: str, content: Tensor, style: Tensor, judge: Judge, budget: float) -> Side:
    """Our front: as many steps at each size as the budget pays for, by a trial of a few."""
    features, config = vision.load(network, best_device()), StyleConfig(size=max(content.shape))

    def paint(**changes: float) -> tuple[Tensor, list[float]]:
        """The last picture within the budget, of whatever size, and the seconds of every frame."""
        start, seconds, image = time.perf_counter(), [], None
        for frame in stylize(content, style, features, dataclasses.replace(config, **changes)):
            seconds.append(time.perf_counter() - start)
            image = frame.image if seconds[-1] <= budget else image
        assert image
        return tensor(image), seconds

    _, trial = paint(steps=4)
    per_step = (trial[-1] - trial[-4]) / 3
    sizes = len(trial) // 4
    start = trial[0] + trial[4] - trial[3] + trial[-4] - trial[-5]  # targets, once for each size
    # A step costs as its pixels: 1 + 1/4 + 1/16 of one at the full size.
    steps = int((0.95 * budget - start) / (per_step * sum(4.0**-i for i in range(sizes))))
    points = []
    for weight in OURS[network]:
        painting, _ = paint(steps=max(1, steps), content_weight=weight)
        points.append(judge(resize(painting, (content.shape[2], content.shape[3]))))
    return Side(tuple(points), per_step)


def plain(content: Tensor, style: Tensor, judge: Judge, budgets: Sequence[float]) -> list[Side]:
    """The plain loop's fronts, one for each budget: each painting is looked at on its way."""
    fronts: list[list[Point]] = [[] for _ in budgets]
    for weight in PLAIN:
        pictures = plain_gatys.paint(content / 2 + 0.5, style / 2 + 0.5, judge.vgg, weight, budgets)
        for front, painting in zip(fronts, pictures, strict=True):
            front.append(judge(painting * 2 - 1))
    per_step = evaluation(content, judge.vgg)
    return [Side(tuple(front), per_step) for front in fronts]


def evaluation(picture: Tensor, vgg: plain_gatys.Tapped) -> float:
    """Seconds of one evaluation of the plain loop: there and back to the pixels."""
    picture = picture.clone().requires_grad_()
    start = time.perf_counter()
    torch.autograd.grad(vgg(picture)["relu5_1"].sum(), picture)
    return time.perf_counter() - start


def at(content: float, front: Sequence[Point]) -> float | None:
    """The style distance of a front at a content distance, along a straight line in logarithms."""
    points = sorted(front, key=lambda point: point.content)
    for left, right in itertools.pairwise(points):
        if left.content <= content <= right.content:
            t = np.interp(np.log(content), np.log([left.content, right.content]), [0, 1])
            return float(np.exp((1 - t) * np.log(left.style) + t * np.log(right.style)))
    return None


def ratios(front: Sequence[Point], plain: Sequence[Point]) -> list[float]:
    """Our style distance over the plain one's at its content distances, where fronts overlap."""
    distances = [(at(point.content, front), point.style) for point in plain]
    return [mine / theirs for mine, theirs in distances if mine is not None]


def table(ours: Sequence[Side], theirs: Sequence[Side], names: Sequence[str]) -> dict[str, tuple]:
    """A row for each pair: the ratios where the fronts overlap, and their geometric mean."""
    rows, logs = {}, []
    for name, mine, plain_side in zip(names, ours, theirs, strict=True):
        values = ratios(mine.front, plain_side.front)
        logs += [float(np.log(statistics.geometric_mean(values)))] if values else []
        cell = " ".join(f"{ratio:.2f}" for ratio in values) or "no overlap"
        rows[name] = (cell, f"{statistics.geometric_mean(values):.2f}" if values else "")
    rows["all pairs"] = ("", f"{np.exp(np.mean(logs)):.2f}" if logs else "")
    return rows


def pairs(contents: Path, styles: Path, size: int, count: int) -> dict[str, tuple[Tensor, Tensor]]:
    """The first pictures of two folders, one of each."""
    paths = zip(sorted(contents.iterdir()), sorted(styles.iterdir()), strict=False)
    return {
        f"{content.stem} as {style.stem}": (picture(content, size), picture(style, size))
        for content, style in itertools.islice(paths, count)
    }


def sheet(path: Path, rows: Sequence[Sequence[Tensor]], size: int) -> None:
    """Each pair in a row: content, style, then each side's painting of middle weight."""
    page = Image.new("RGB", (size * len(rows[0]), size * len(rows)), "white")
    for y, row in enumerate(rows):
        for x, painting in enumerate(row):
            image = convert.to_pil(convert.to_uint8(painting)[0])
            image.thumbnail((size, size))
            page.paste(image, (x * size, y * size))
    page.save(path, quality=88)


def paint_all(
    examples: Mapping[str, tuple[Tensor, Tensor]], budgets: Sequence[float]
) -> dict[str, list[Side]]:
    """Every side's fronts, one for each pair; they are printed as they come."""
    vgg = plain_gatys.Tapped(vision.load("vgg19"))
    sides: dict[str, list[Side]] = {name: [] for name in ("plain 0", "plain 1", *OURS)}
    for name, (content, style) in examples.items():
        judge = Judge(vgg, content, style)
        for i, side in enumerate(plain(content, style, judge, budgets)):
            sides[f"plain {i}"].append(side)
        for network, budget in zip(OURS, budgets, strict=True):
            sides[network].append(ours(network, content, style, judge, budget))
        for side, fronts in sides.items():
            print(name, side, [(round(p.content, 3), round(p.style, 4)) for p in fronts[-1].front])
    return sides


def middle(side: Side) -> Tensor:
    """The painting of middle weight."""
    return side.front[len(side.front) // 2].picture


def main(
    *,
    contents: Path,
    styles: Path,
    size: int = 256,
    count: int = 5,
    embedded_budget: float = 20.0,
    vgg_budget: float = 60.0,
    threads: int = 2,
    output: Path | None = None,
) -> None:
    """Paint each pair by each side, judge, print a table for each network.

    Args:
        contents: a folder of photographs
        styles: a folder of paintings
        size: longest side in pixels
        count: pairs, the first of both folders by name
        embedded_budget: seconds for the embedded network and the plain loop beside it
        vgg_budget: seconds for VGG-19 and the plain loop beside it
        threads: of torch, for all sides
        output: where a contact sheet goes
    """
    torch.set_num_threads(threads)
    budgets = (embedded_budget, vgg_budget)
    examples = pairs(contents, styles, size, count)
    sides = paint_all(examples, budgets)
    for i, (network, budget) in enumerate(zip(OURS, budgets, strict=True)):
        print(f"\n{network} after {budget:.0f} s: our style distance over the plain loop's")
        rows = table(sides[network], sides[f"plain {i}"], list(examples))
        report.table("pair", "at each plain picture", "mean", rows=rows)
    costs = {n: (f"{statistics.median(s.per_step for s in of):.2f}",) for n, of in sides.items()}
    print()
    report.table("side", "seconds of a step", rows=costs)
    if output:
        middles = [[middle(sides[side][i]) for side in COLUMNS] for i in range(len(examples))]
        rows = [[*pair, *mid] for pair, mid in zip(examples.values(), middles, strict=True)]
        sheet(output, rows, size)


if __name__ == "__main__":
    tyro.cli(main)
