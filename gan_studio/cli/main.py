"""The command line: `gan-studio COMMAND`, the same as `python -m gan_studio COMMAND`."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table
from tyro.conf import OmitArgPrefixes, Positional

from gan_studio.cli.arguments import (
    USAGE_ERROR,
    USER_ERRORS,
    check_ending,
    error_message,
    flag_value,
    parse,
    replace_aliases,
)
from gan_studio.cli.attributes import attributes, project
from gan_studio.cli.hub import app, deploy, fetch, pull, push
from gan_studio.cli.importing import import_model
from gan_studio.cli.inpaint import inpaint
from gan_studio.cli.speak import speak
from gan_studio.cli.stylize import ALIASES, stylize
from gan_studio.cli.train_output import run_as_worker, train_output
from gan_studio.cli.translate import translate
from gan_studio.cli.upscale import upscale
from gan_studio.core import distributed, validation
from gan_studio.core.files import open_atomic, require_writable
from gan_studio.core.validation import check_float
from gan_studio.images import animation, convert
from gan_studio.images import files as image_files
from gan_studio.images.recipe import Recipe
from gan_studio.sound import files as sound_files
from gan_studio.studio import (
    DATASETS,
    ENDLESS,
    FAMILIES,
    TRANSLATIONS,
    VOCODERS,
    Diverged,
    GANConfig,
    Reading,
    Studio,
    TrainingConfig,
    TranslationConfig,
    VocoderConfig,
    checkpoint,
    family,
    hear,
    log_events,
    presets,
    words,
)
from gan_studio.studio.jobs.record import RunLog
from gan_studio.studio.request import TrainingRequest
from gan_studio.studio.train import BUDGET, TOTAL, read_configs, with_shapes

OLD_FLAGS = {
    f"--{old}".replace("_", dash): f"--{new}".replace("_", "-")
    for old, new in checkpoint.OLD_NAMES.items()
    for dash in "-_"
}
"""flags of earlier versions, which --help does not list"""
INTERRUPTED = 130
"""exit status that shells expect after Ctrl-C"""


def models() -> None:
    """List all models: name, family, data set, size, parameters, FID."""
    table = Table("name", "family", "data set", "size", "parameters", "FID", box=None)
    studio, damaged = Studio(), list[str]()
    for name, manifest in studio.library.all_manifests(damaged.append).items():
        if manifest.family in VOCODERS:
            table.add_row(name, manifest.family, manifest.dataset, "sound", "", "")
            continue
        translates = manifest.family in TRANSLATIONS
        try:
            entry = (studio.translator_info if translates else studio.model_info)(name)
        except ValueError as error:
            damaged.append(str(error))
            continue
        size, parameters = f"{entry.image_size} px", f"{entry.parameters:,}"
        measured = format_fid(manifest.metrics)
        table.add_row(entry.name, entry.family, entry.dataset, size, parameters, measured)
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    for why in damaged:
        print(why, file=sys.stderr)


def format_fid(metrics: Mapping[str, Any]) -> str:
    """The FID with its features and sample count; empty if it was not measured."""
    if "fid" not in metrics:
        return ""
    seen_by, count = metrics.get("features", "unknown features"), metrics.get("count", "?")
    return f"{metrics['fid']} ({seen_by}, {count} samples)"


def sample(
    model: Positional[str],
    /,
    *,
    output: Path,
    count: int = 64,
    seed: int = 0,
    psi: float = 1.0,
    label: int | None = None,
    text: str | None = None,
) -> None:
    """Generate images.

    Args:
        model: name or directory of a model, or user/repo on the Hub
        output: .png for a grid, .npz for an array `arr_0` of shape (N, H, W, C), uint8; of a model
            of spoken digits .wav for their sound, one after the other
        count: number of images
        seed: whole number from 0 to 2^32 - 1
        psi: truncation; 0 is the average image, 1 no truncation
        label: class of a conditional model; by default each class in turn
        text: what the pictures shall show, for a model of gan-cls, such as "a red seven on blue"
    """
    check_ending(output, ".png", ".npz", ".wav")
    require_writable(output, field="--output")
    studio = Studio()
    if text is not None:
        print_reading(words.read(studio.library.load(model), text))
    if output.suffix.lower() == ".wav":
        _, sounds = studio.sample_sounds(model, count, seed, psi, label)
        recipe = Recipe(model=model, seed=seed, psi=psi, label=label)
        sound_files.save_wav(output, hear.end_to_end(sounds), hear.recipe_text(recipe, count))
        return
    pictures = studio.sample(model, count, seed, psi, label, text or "")
    if output.suffix.lower() == ".png":
        image_files.save(convert.grid(pictures), output)
    else:
        with open_atomic(output) as file:  # given a path, numpy adds its own ending to .NPZ
            np.savez_compressed(file, pictures)


def print_reading(reading: Reading) -> None:
    """What of a sentence was not understood."""
    unknown = [word.text for word in reading.words if not word.read]
    if unknown:
        print(f"Words that are not known were left out: {', '.join(unknown)}.")
    if reading.script:
        print(f"The model reads English words, and some are in another script: {reading.script}.")
    for note in reading.notes:
        print(note)


def interpolate(
    model: Positional[str],
    /,
    *,
    output: Path,
    seeds: str = "1,2,3",
    frames: int = 48,
    psi: float = 1.0,
    label: int | None = None,
) -> None:
    """Write a looping interpolation between the images of several seeds.

    Args:
        model: name or directory of a model, or user/repo on the Hub
        output: .webp, .gif or .mp4
        seeds: whole numbers, separated by commas
        frames: number of frames, 24 per second
        psi: truncation; 0 is the average image, 1 no truncation
        label: class of a conditional model; by default the seeds choose
    """
    kind = check_ending(output, *(f".{kind}" for kind in animation.KINDS)).lstrip(".")
    require_writable(output, field="--output")
    animation.require_kind(kind)
    try:
        keyframes = [int(seed) for seed in seeds.split(",")]
    except ValueError:
        raise ValueError(
            f"--seeds takes whole numbers separated by commas, not {seeds!r}."
        ) from None
    studio = Studio()
    pictures = studio.interpolate(model, keyframes, frames, psi, label)
    animation.save(pictures, output, smooth=studio.is_smooth(model))


def evaluate(
    models: Positional[tuple[str, ...]],
    /,
    *,
    dataset: str | None = None,
    count: int = 5000,
    seed: int = 0,
    features: Literal["inception", "digits", "vgg19", "embedded"] | None = None,
    against: Literal["test", "all"] = "test",
    record: bool = False,
) -> None:
    """Evaluate models against real images: one line of JSON per model.

    Args:
        models: names, directories, or user/repo on the Hub
        dataset: data set or folder to compare with; by default the training data of each model
        count: number of images of each model
        seed: seed of the latents
        features: feature network; by default digits for digits, else inception if its weights are
            on this machine, else embedded
        against: the test set, which no training used, or all real images
        record: write the metrics into each model's config.json and card
    """
    studio = Studio()
    if models and all(studio.library.is_translator(model) for model in models):
        for model in models:
            found = studio.evaluate_translation(model, dataset, count, record=record)
            print(json.dumps({"model": model, **found}), flush=True)
        return
    if models and all(studio.reads_text(model) for model in models) and features is None:
        for model in models:
            found = studio.evaluate_text(model, dataset, count, record=record)
            print(json.dumps({"model": model, **found}), flush=True)
        return
    reports = studio.evaluate(models, dataset, count, seed, features, against, record=record)
    for report in reports:
        print(json.dumps(report.to_fields()), flush=True)


def card(models: Positional[tuple[str, ...]], /, *, nearest: bool = False) -> None:
    """Write models' cards, README.md, anew, with the curve of the distance during the training.

    Args:
        models: names or directories
        nearest: tell how near three samples come to the training pictures, and show these where
            their terms allow it; takes minutes
    """
    studio = Studio()
    if not models:
        raise ValueError("Say whose cards to write: names or directories of models.")
    for model in models:
        print(studio.write_card(model, nearest=nearest), flush=True)


def train(family: Positional[str] = "", /) -> None:  # noqa: ARG001  # `main` reads it
    """Train a family; `gan-studio train FAMILY --help` lists its flags.

    Args:
        family: GAN architecture and loss
    """
    known = ", ".join([*FAMILIES, *TRANSLATIONS, *VOCODERS])
    raise ValueError(f"Say which family to train: {known}.")


class Defaults(NamedTuple):
    """Default values of the flags of `train`."""

    config: GANConfig
    settings: TrainingConfig
    dataset: str = tyro.MISSING
    resumed: Mapping[str, Any] | None = None
    """on a resume, the training in config.json"""

    @classmethod
    def of(cls, name: str, words: Sequence[str]) -> "Defaults":
        """The defaults from the resumed run, the model to start from, or the preset."""
        if is_resume(words) and (output := flag_value("--output", words, "")):
            config, settings = read_configs(name, Path(output))
            saved = checkpoint.load_manifest(Path(output))
            dataset = saved.dataset if saved.dataset in DATASETS else tyro.MISSING
            return cls(config, settings, dataset, saved.training)
        config, settings = presets.start(name, flag_value("--preset", words, presets.PRESETS[0]))
        if ancestor := flag_value("--start-from", words, ""):
            place = distributed.main_first(lambda: Studio().library.resolve(ancestor))
            model = checkpoint.load_manifest(place)
            config = with_shapes(config, model.config) if model.family == name else config
        return cls(config, settings)

    def with_end(self, request: TrainingRequest) -> TrainingRequest:
        """Complete a request without --steps: a budget alone ends it.

        A resume keeps its target steps, or if it had none, its budget.
        """
        before, steps = self.resumed or {}, request.loop.steps
        done = before.get("steps", 0)
        if request.budget is not None:
            steps = steps if self.resumed is not None and steps > done else ENDLESS
            return replace(request, settings=replace(request.loop, steps=steps))
        if steps >= ENDLESS and BUDGET in before:
            budget = check_float(before[BUDGET], "The budget", 0, validation.MAX_DURATION)
            return replace(request, budget=budget)
        if before and TOTAL not in before and steps <= done:
            raise ValueError(f"--steps is missing for this training; it must be more than {steps}.")
        return request


def is_resume(words: Sequence[str]) -> bool:
    """Whether the last of these flags is --resume."""
    flags = [word for word in words if word in ("--resume", "--no-resume")]
    return flags[-1:] == ["--resume"]


def source_of_pictures(config: type[GANConfig]) -> str:
    """What --dataset takes."""
    named = f"{', '.join(DATASETS)}, or a folder or zip of pictures"
    if issubclass(config, VocoderConfig):
        return "speech, or a folder of audio files"
    if not issubclass(config, TranslationConfig):
        return named
    pairs = "maps, or a folder of pairs: pictures twice as wide as high, or folders A and B"
    if config.paired:
        return f"{pairs}; for lines and colour {named}"
    return "celeba-hair, maps (its pairs apart), or a folder with two folders A and B"


def train_command(name: str, words: Sequence[str]) -> Callable[..., None]:
    """The train command of one family, whose flags are the fields of its configuration."""
    kind, start = family(name), Defaults.of(name, words)

    def run(
        *,
        dataset: str = start.dataset,
        output: Path,
        config: OmitArgPrefixes[kind.config] = start.config,  # pyright: ignore[reportInvalidTypeForm]
        settings: OmitArgPrefixes[TrainingConfig] = start.settings,
        resume: bool = False,
        budget: str = "",
        tensorboard: bool = False,
    ) -> None:
        request = TrainingRequest(
            family=name,
            dataset=dataset,
            config=config,
            settings=settings,
            budget=validation.parse_duration(budget) if budget else None,
            output=output,
            resume=resume,
        )
        if not flag_value("--steps", words, ""):
            request = start.with_end(request)
        events = distributed.main_first(lambda: Studio().train(request))
        if not distributed.is_main():
            run_as_worker(events)
            return
        if tensorboard:
            events = log_events(events, output / "tensorboard")
        train_output(events, request.loop.steps, output, request.budget)

    run.__doc__ = f"""{kind.paper}

    Args:
        dataset: {source_of_pictures(kind.config)}
        output: directory of the run and its model; Ctrl-C saves and stops
        resume: continue the training in the output directory; other flags change its steps,
            intervals, learning rates and stabilizers
        budget: time after which the training saves and stops, such as 90s, 10m or 2h
        tensorboard: also write TensorBoard event files into the output directory
    """
    return run


def stop(run: Positional[Path], /) -> None:
    """Stop a training of the studio; it saves and can be resumed.

    Args:
        run: directory of the training, such as runs/dcgan-digits-1
    """
    RunLog(run).request_stop()
    print(f"{run} stops after its next update.")


COMMANDS = {
    "models": models,
    "import": import_model,
    "sample": sample,
    "interpolate": interpolate,
    "evaluate": evaluate,
    "card": card,
    "stylize": stylize,
    "translate": translate,
    "inpaint": inpaint,
    "upscale": upscale,
    "speak": speak,
    "train": train,
    "stop": stop,
    "push": push,
    "pull": pull,
    "deploy": deploy,
    "fetch": fetch,
    "attributes": attributes,
    "project": project,
    "app": app,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; errors of the user end with one sentence and exit status 2."""
    try:
        with distributed.process_group():
            run(list(sys.argv[1:] if arguments is None else arguments))
    except ValueError as error:  # there are fewer GPUs than processes
        fail(str(error))


def run(given: list[str]) -> None:
    """Run one command within the process group."""
    try:
        if given[:1] and not given[0].startswith("-") and given[0] not in COMMANDS:
            raise ValueError(
                f"There is no command {given[0]!r}; the known ones are {', '.join(COMMANDS)}."
            )
        parse_command(given)()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # as Python's manual advises
        raise SystemExit(INTERRUPTED) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except (*USER_ERRORS, Diverged) as error:
        fail(error_message(error))


def parse_command(given: list[str]) -> Callable[[], None]:
    """Parse the arguments into a command that is ready to run; ValueError if they are invalid."""
    if not flag_value("--output", given, "none").strip():  # as a path it would be this folder
        raise ValueError("--output must name a file or a folder, and it is empty.")
    if given[:1] == ["train"] and len(given) > 1 and not given[1].startswith("-"):
        words = replace_aliases(given[2:], OLD_FLAGS)
        return parse(train_command(given[1], words), words, f"gan-studio train {given[1]}")
    if given[:1] == ["stylize"]:
        given = replace_aliases(given, ALIASES)
    return parse(COMMANDS, given, "gan-studio")


def fail(reason: str) -> None:
    if distributed.is_main():
        print(reason, file=sys.stderr)
    raise SystemExit(USAGE_ERROR)
