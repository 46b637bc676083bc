"""Parse command-line arguments into a command that is ready to run, or one sentence."""

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
"""exit status for errors that the user can correct"""
USER_ERRORS = (ValueError, OSError, MemoryError)
"""errors that the user can correct: a value, a file, a size"""
Command = Callable[..., None]


def parse(
    commands: Command | Mapping[str, Command], arguments: Sequence[str], prog: str
) -> Callable[[], None]:
    """Parse the flags of one command, or of one of several; ValueError for invalid arguments."""
    complaint = io.StringIO()
    try:
        with redirect_stderr(complaint):
            if callable(commands):
                return tyro.cli(defer(commands), prog=prog, args=arguments)
            deferred_commands = {name: defer(command) for name, command in commands.items()}
            return tyro.extras.subcommand_cli_from_dict(
                deferred_commands, prog=prog, args=arguments
            )
    except SystemExit as exit_:
        if exit_.code != USAGE_ERROR:
            raise
        raise ValueError(parser_error(complaint.getvalue())) from None


def defer(command: Command) -> Callable[..., Callable[[], None]]:
    """A function with the same flags that returns the call, so that parsing ends before it runs."""

    @functools.wraps(command)
    def remember(*args: Any, **kwargs: Any) -> Callable[[], None]:
        return functools.partial(command, *args, **kwargs)

    return remember


def parser_error(box: str) -> str:
    """The message of a tyro error box, in one line."""
    _, *lines = (line.strip("│| ") for line in box.splitlines())
    body = itertools.dropwhile(is_rule, lines)
    text = " ".join(itertools.takewhile(lambda line: not is_rule(line), body)).rstrip(".")
    if number := re.match(r"Error parsing (--[\w-]+): .*(int\(\)|float).*: ('.*')$", text):
        flag, kind, value = number.groups()
        return f"{flag} must be a {'whole ' * (kind == 'int()')}number, not {value}."
    ours = re.match(r"Error parsing [a-z_][\w.-]*: ", text)  # no flag: raised by a dataclass
    return f"{text[ours.end() :]}." if ours else f"{text}. `--help` lists the flags."


def is_rule(line: str) -> bool:
    return not line.strip("─-+╰╯")


def flag_value(flag: str, arguments: Sequence[str], default: str) -> str:
    """The value of a flag, as `--flag value` or `--flag=value`, before parsing."""
    pairs = itertools.pairwise([*arguments, ""])
    flags = [f"{word}={value}" if word == flag else word for word, value in pairs]
    values = [word.partition("=")[2] for word in flags if word.startswith(f"{flag}=")]
    return values[-1] if values else default


def replace_aliases(words: Sequence[str], aliases: Mapping[str, str]) -> list[str]:
    """Replace aliases of flags, as `--flag value` or `--flag=value`."""
    parts = (word.partition("=") for word in words)
    return [aliases.get(flag, flag) + equals + value for flag, equals, value in parts]


def error_message(error: Exception) -> str:
    """The message for a user: one sentence that names what failed."""
    if isinstance(error, OSError):
        about = f"{error.filename}: " if error.filename else ""
        return f"{about}{error.strerror or error}".rstrip(".") + "."
    return str(error) or "There is not enough memory for that."


def check_ending(path: Path, *endings: str) -> str:
    """The ending of the output in lower case; ValueError unless it is a known one."""
    if path.suffix.lower() not in endings:
        ending = path.suffix or "without an ending"
        raise ValueError(f"--output must end in {' or '.join(endings)}, not {ending}.")
    return path.suffix.lower()
