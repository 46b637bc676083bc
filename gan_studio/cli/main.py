"""The command line: `gan-studio COMMAND`, the same as `python -m gan_studio COMMAND`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from gan_studio.cli.arguments import (
    USAGE_ERROR,
    USER_ERRORS,
    error_message,
    flag_value,
    parse,
    replace_aliases,
)
from gan_studio.cli.attributes import attributes, project
from gan_studio.cli.evaluate import evaluate
from gan_studio.cli.hub import app, deploy, fetch, pull, push
from gan_studio.cli.importing import import_model
from gan_studio.cli.inpaint import inpaint
from gan_studio.cli.models import card, models
from gan_studio.cli.sample import interpolate, sample
from gan_studio.cli.speak import speak
from gan_studio.cli.stylize import ALIASES, stylize
from gan_studio.cli.train import OLD_FLAGS, stop, train, train_command
from gan_studio.cli.translate import translate
from gan_studio.cli.upscale import upscale
from gan_studio.core import distributed
from gan_studio.studio import Diverged

INTERRUPTED = 130
"""exit status that shells expect after Ctrl-C"""
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


def run(arguments: list[str]) -> None:
    """Run one command within the process group."""
    try:
        if arguments[:1] and not arguments[0].startswith("-") and arguments[0] not in COMMANDS:
            raise ValueError(
                f"There is no command {arguments[0]!r}; the known ones are {', '.join(COMMANDS)}."
            )
        parse_command(arguments)()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # as Python's manual advises
        raise SystemExit(INTERRUPTED) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except (*USER_ERRORS, Diverged) as error:
        fail(error_message(error))


def parse_command(arguments: list[str]) -> Callable[[], None]:
    """Parse the arguments into a command that is ready to run; ValueError if they are invalid."""
    if not flag_value("--output", arguments, "none").strip():  # as a path it would be this folder
        raise ValueError("--output must name a file or a folder, and it is empty.")
    if arguments[:1] == ["train"] and len(arguments) > 1 and not arguments[1].startswith("-"):
        words = replace_aliases(arguments[2:], OLD_FLAGS)
        return parse(train_command(arguments[1], words), words, f"gan-studio train {arguments[1]}")
    if arguments[:1] == ["stylize"]:
        arguments = replace_aliases(arguments, ALIASES)
    return parse(COMMANDS, arguments, "gan-studio")


def fail(reason: str) -> None:
    if distributed.is_main():
        print(reason, file=sys.stderr)
    raise SystemExit(USAGE_ERROR)
