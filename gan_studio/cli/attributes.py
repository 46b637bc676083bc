"""The commands `gan-studio attributes`, which finds attribute sliders, and `gan-studio project`."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tyro.conf import OmitArgPrefixes, Positional

from gan_studio.cli import progress
from gan_studio.core.files import require_writable, write_atomic
from gan_studio.images import convert
from gan_studio.images import files as image_files
from gan_studio.studio import Studio, checkpoint, projection
from gan_studio.studio.attributes import PROBE, ROUNDS


def attributes(
    model: Positional[str],
    /,
    *,
    count: int = 4000,
    measure: int = 200,
    seed: int = PROBE,
    rounds: int = ROUNDS,
) -> None:
    """Find attribute sliders of a model of faces and store them with the model.

    Args:
        model: name or directory of a model
        count: number of generated images that the face classifier scores
        measure: number of images on which the effect of each slider is measured
        seed: seed of the images
        rounds: rounds of optimization in which each slider learns to change only its attribute;
            0 keeps the steps that the gradients give
    """
    studio = Studio()
    selection = progress.watch_training(studio.name_sliders(model, count, measure, seed, rounds))
    table = Table("slider", "moves", "others change", "most", "accuracy", "by guessing", box=None)
    for slider in selection.sliders.sliders:
        reached_share, others, most, *accuracies = (
            "" if n is None else f"{n:.1%}"
            for n in (
                slider.reached,
                slider.others,
                slider.most_affected_change,
                slider.accuracy,
                slider.majority,
            )
        )
        table.add_row(
            slider.name, reached_share, others, f"{slider.most_affected} {most}", *accuracies
        )
    console = Console()
    console.print(table)
    if (crop := selection.crop).likeness < 1:
        console.print(
            f"The faces are in a square of {crop.side:.0%} of the pictures around {crop.x:.0%}, "
            f"{crop.y:.0%}; its likeness to CelebA’s mean face is {crop.likeness:.2f}.",
            highlight=False,
        )
    for name, reason in selection.left_out.items():
        console.print(f"No slider for {name}: {reason}.", highlight=False)
    print(f"The sliders are in {studio.library.resolve(model) / checkpoint.SLIDERS}.")


def project(
    model: Positional[str],
    image: Positional[Path],
    /,
    *,
    output: Path,
    config: OmitArgPrefixes[projection.ProjectionConfig] = projection.ProjectionConfig(),  # noqa: B008  # frozen
    label: int | None = None,
) -> None:
    """Project an image into a model's latent space; Ctrl-C stops and keeps the best result so far.

    Args:
        model: name or directory of a model
        image: PNG, JPEG or WebP; its central square is projected
        output: directory for target.png, projection.png (with its recipe) and recipe.json
        label: class of a conditional model
    """
    files = [output / name for name in ("target.png", "projection.png", "recipe.json")]
    require_writable(*files, field="--output")
    picture, studio = image_files.load(image), Studio()
    frames = studio.project(model, picture, config, label)
    with closing(frames):
        last = progress.watch(frames)
    target, result, recipe = files
    size = studio.library.load(model).manifest.config.image_size
    image_files.save(convert.center_crop(picture, size), target)
    last.picture.save(result)
    write_atomic(recipe, (last.recipe.to_json() + "\n").encode())
    distance = f"a perceptual distance of {last.losses['distance']:.3f}"
    print(f"After {last.step} of {last.total} steps {distance} is left. The result is in {output}.")
