"""The commands `train`, whose flags are the fields of a family's configuration, and `stop`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import tyro
from tyro.conf import OmitArgPrefixes, Positional

from gan_studio.cli.arguments import flag_value
from gan_studio.cli.train_output import run_as_worker, train_output
from gan_studio.core import distributed, validation
from gan_studio.core.validation import check_float
from gan_studio.studio import (
    DATASETS,
    ENDLESS,
    FAMILIES,
    TRANSLATIONS,
    VOCODERS,
    GANConfig,
    Studio,
    TrainingConfig,
    TranslationConfig,
    VocoderConfig,
    checkpoint,
    family,
    log_events,
    presets,
)
from gan_studio.studio.jobs.record import RunLog
from gan_studio.studio.request import TrainingRequest
from gan_studio.studio.train import BUDGET, NAMED, TOTAL, read_configs, with_shapes

OLD_FLAGS = {
    f"--{old}".replace("_", dash): f"--{new}".replace("_", "-")
    for old, new in checkpoint.OLD_NAMES.items()
    for dash in "-_"
}
"""flags of earlier versions, which --help does not list"""


def train(family: Positional[str] = "", /) -> None:  # noqa: ARG001  # `main` reads it
    """Train a family; `gan-studio train FAMILY --help` lists its flags.

    Args:
        family: GAN architecture and loss
    """
    family_names = ", ".join([*FAMILIES, *TRANSLATIONS, *VOCODERS])
    raise ValueError(f"Say which family to train: {family_names}.")


class Defaults(NamedTuple):
    """Default values of the flags of `train`."""

    config: GANConfig
    settings: TrainingConfig
    dataset: str = tyro.MISSING
    previous_training: Mapping[str, Any] | None = None
    """on a resume, the training in config.json"""

    @classmethod
    def of(cls, name: str, words: Sequence[str]) -> "Defaults":
        """The defaults from the resumed run, the model to start from, or the preset."""
        if is_resume(words) and (output := flag_value("--output", words, "")):
            config, settings = read_configs(name, Path(output))
            manifest = checkpoint.load_manifest(Path(output))
            dataset = manifest.dataset if manifest.dataset in NAMED else tyro.MISSING
            return cls(config, settings, dataset, manifest.training)
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
        before, steps = self.previous_training or {}, request.loop.steps
        step_count = before.get("steps", 0)
        if request.budget is not None:
            steps = steps if self.previous_training is not None and steps > step_count else ENDLESS
            return replace(request, settings=replace(request.loop, steps=steps))
        if steps >= ENDLESS and BUDGET in before:
            budget = check_float(before[BUDGET], "The budget", 0, validation.MAX_DURATION)
            return replace(request, budget=budget)
        if before and TOTAL not in before and steps <= step_count:
            raise ValueError(f"--steps is missing for this training; it must be more than {steps}.")
        return request


def is_resume(words: Sequence[str]) -> bool:
    """Whether the last of these flags is --resume."""
    flags = [word for word in words if word in ("--resume", "--no-resume")]
    return flags[-1:] == ["--resume"]


def source_of_pictures(config: type[GANConfig]) -> str:
    """The help of --dataset, by the kind of the family."""
    data_sets = f"{', '.join(DATASETS)}, or a folder or zip of pictures"
    if issubclass(config, VocoderConfig):
        return "speech, or a folder of audio files"
    if not issubclass(config, TranslationConfig):
        return data_sets
    pairs = "maps, or a folder of pairs: pictures twice as wide as high, or folders A and B"
    if config.paired:
        return f"{pairs}; for lines and colour {data_sets}"
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
