"""Atomic file writes, and tensors in safetensors files with a checksum."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import torch
from safetensors import SafetensorError, safe_open
from safetensors import torch as safetensors
from torch import Tensor, nn

_PACKAGE = Path(__file__).resolve().parent.parent
SHIPPED = (
    _PACKAGE / "shipped" if (_PACKAGE / "shipped").is_dir() else _PACKAGE.parent / "checkpoints"
)
"""shipped models: beside the package in a checkout, inside it once installed"""
MODEL = "model.safetensors"
"""name of the weights file in a model directory"""
PROBE_BYTES = 4096
"""bytes that a disk must still have to count as writable"""


def save_tensors(
    path: Path, tensors: Mapping[str, Tensor], origin: Mapping[str, str] | None = None
) -> None:
    """Write tensors with their checksum and their origin as metadata."""
    tensors = contiguous(tensors)
    write_atomic(path, safetensors.save(tensors, {**(origin or {}), "sha256": digest(tensors)}))


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read tensors to the CPU, floats as float32; ValueError if the checksum does not match."""
    tensors, metadata = read_tensors(path)
    if metadata.get("sha256") != digest(tensors):
        raise ValueError(f"{path} is damaged: its contents do not match its checksum.")
    return {k: v.float() if v.is_floating_point() else v for k, v in tensors.items()}


def load_weights(network: nn.Module, path: Path, what: str) -> None:
    """Load `what` from a file of tensors; ValueError if it is damaged or holds something else."""
    try:
        network.load_state_dict(load_tensors(path))
    except RuntimeError:
        raise ValueError(f"{path} holds no {what}: other layers or shapes.") from None


def write_atomic(path: Path, contents: bytes) -> None:
    """Write a file completely or not at all; an existing one is replaced only at the end."""
    with open_atomic(path) as file:
        file.write(contents)


@contextmanager
def open_atomic(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file that replaces `path` once it is completely on disk.

    Symbolic links are followed. Every OSError names `path`.
    """
    target = Path(os.path.realpath(path))
    draft = target.with_name(f".{_short_name(target.name)}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OSError(error.errno, reason, str(path)) from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def require_writable(*paths: Path, field: str = "") -> None:
    """ValueError unless a file can be written at each path; creates nothing, not even a folder.

    Called before a long computation. `field` names the flag or field that holds the paths.
    """
    for path in paths:
        if reason := _obstacle(path):
            name = f"{field} {str(path)[:200]!r}" if "\0" in str(path) else f"{field} {path}"
            raise ValueError(
                f"{name.strip()} cannot be written: {reason}. "
                "Name a place where files can be written."
            )


def _obstacle(path: Path) -> str:
    """The reason why no file can be written there; empty if one can."""
    if "\0" in str(path):
        return "no name may hold a null character"
    path = Path(os.path.realpath(path))
    try:
        with suppress(FileNotFoundError, NotADirectoryError):
            path.stat()  # fails if the name itself is invalid
            if not path.is_file():
                return "it is a folder" if path.is_dir() else "it is no ordinary file"
            if not os.access(path, os.W_OK):
                return "it is write-protected"
        folder = next(place for place in path.parents if place.exists())
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(PROBE_BYTES))
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return ""


def _short_name(name: str) -> str:
    """The name, or a hash if it is long: file systems allow 255 bytes, affixes included."""
    return name if len(os.fsencode(name)) < 200 else hashlib.sha256(os.fsencode(name)).hexdigest()


@contextmanager
def name_in_errors(path: Path) -> Iterator[None]:
    """Put `path` into every OSError: that of a full disk names no file."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise


@contextmanager
def open_tensors(path: Path) -> Iterator[safe_open]:
    """Open a safetensors file; ValueError if it is missing or damaged."""
    try:
        with safe_open(path, "pt") as file:
            yield file
    except FileNotFoundError:
        raise ValueError(f"{path} is missing.") from None
    except (SafetensorError, OSError, ValueError) as error:
        raise ValueError(f"{path} is damaged: {error}.") from None


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """All tensors and the metadata of a safetensors file."""
    with open_tensors(path) as file:
        names = file.keys()
        return {name: file.get_tensor(name) for name in names}, file.metadata() or {}


def contiguous(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors as they are stored: contiguous, on the CPU."""
    return {k: v.detach().cpu().contiguous() for k, v in tensors.items()}


def digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of names, types, shapes and values."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        value = tensors[name]
        total.update(f"{name}{value.dtype}{tuple(value.shape)}".encode())
        total.update(value.contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return total.hexdigest()
