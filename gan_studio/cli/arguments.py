"""Words of a command line -> a command that is ready to run, or one sentence."""

from __future__ import annotations

import functools
import io
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import tyro

USAGE_ERROR = 2
"""exit status when the user can mend what went wrong"""
USER_ERRORS = (ValueError, OSError, MemoryError)
"""what a user can mend: a value, a file, a size"""
Command = Callable[..., None]


def parse(
    known: Command | Mapping[str, Command], given: Sequence[str], prog: str
) -> Callable[[], None]:
    """One command, or one of several, with its flags; ValueError when the words make no sense."""
    complaint = io.StringIO()
    try:
        with redirect_stderr(complaint):
            if callable(known):
                return tyro.cli(defer(known), prog=prog, args=given)
            commands = {name: defer(command) for name, command in known.items()}
            return tyro.extras.subcommand_cli_from_dict(commands, prog=prog, args=given)
    except SystemExit as exit_:
        if exit_.code != USAGE_ERROR:
            raise
        raise ValueError(parser_error(complaint.getvalue())) from None


def defer(command: Command) -> Callable[..., Callable[[], None]]:
    """The same flags, but what they say is only remembered: parsing ends before anything runs."""

    @functools.wraps(command)
    def remember(*args: Any, **kwargs: Any) -> Callable[[], None]:
        return functools.partial(command, *args, **kwargs)

    return remember


def parser_error(box: str) -> str:
    """What tyro says between the title and the next rule of its box, in one line."""
    _, *lines = (line.strip("│| ") for line in box.splitlines())
    body = itertools.dropwhile(is_rule, lines)
    said = " ".join(itertools.takewhile(lambda line: not is_rule(line), body)).rstrip(".")
    ours = re.match(r"Error parsing [a-z_][\w.-]*: ", said)  # no flag: a dataclass refused
    return f"{said[ours.end() :]}." if ours else f"{said}. `--help` lists the flags."


def is_rule(line: str) -> bool:
    return not line.strip("─-+╰╯")


def flag_value(flag: str, arguments: Sequence[str], default: str) -> str:
    """What a flag says, as `--flag value` or `--flag=value`, read before all others."""
    pairs = itertools.pairwise([*arguments, ""])
    joined = [f"{word}={value}" if word == flag else word for word, value in pairs]
    values = [word.partition("=")[2] for word in joined if word.startswith(f"{flag}=")]
    return values[-1] if values else default


def replace_aliases(words: Sequence[str], aliases: Mapping[str, str]) -> list[str]:
    """Flags by their own names, whether they stand as `--flag value` or `--flag=value`."""
    parts = (word.partition("=") for word in words)
    return [aliases.get(flag, flag) + equals + value for flag, equals, value in parts]


def error_message(error: Exception) -> str:
    """What a user is told of such an error: one sentence that names what failed."""
    if isinstance(error, OSError):
        about = f"{error.filename}: " if error.filename else ""
        return f"{about}{error.strerror or error}".rstrip(".") + "."
    return str(error) or "There is not enough memory for that."


def check_ending(path: Path, *known: str) -> str:
    """How the output ends, in small letters; ValueError unless that is one of these."""
    if path.suffix.lower() not in known:
        raise ValueError(
            f"--output must end in {' or '.join(known)}, not {path.suffix or 'without an ending'}."
        )
    return path.suffix.lower()
