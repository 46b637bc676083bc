"""Files on disk, written whole and read with suspicion: tensors in safetensors, with a checksum."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors import torch as safetensors
from torch import Tensor

_HERE = Path(__file__).resolve().parent
SHIPPED = _HERE / "shipped" if (_HERE / "shipped").is_dir() else _HERE.parent / "checkpoints"
"""what ships: beside the package in a checkout, inside it once installed"""
MODEL = "model.safetensors"
"""the weights, in a directory of what was trained"""


def save_tensors(
    path: Path, tensors: Mapping[str, Tensor], origin: Mapping[str, str] | None = None
) -> None:
    """Write weights with their checksum, and where they come from."""
    tensors = packed(tensors)
    write(path, safetensors.save(tensors, {**(origin or {}), "sha256": digest(tensors)}))


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Weights on the CPU, in float32; ValueError when they do not match their checksum."""
    tensors, metadata = read_tensors(path)
    if metadata.get("sha256") != digest(tensors):
        raise ValueError(f"{path} is damaged: its contents do not match its checksum.")
    return {k: v.float() if v.is_floating_point() else v for k, v in tensors.items()}


def write(path: Path, contents: bytes) -> None:
    """Write a file whole or not at all; what stood there stays until then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with naming(path):
        try:
            with draft.open("wb") as file:
                file.write(contents)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            with suppress(OSError):  # where nothing could be written, there is no draft
                draft.unlink()


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """An error of the file system names this file; that of a full disk names none."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """All tensors and the metadata of a safetensors file."""
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            names = file.keys()
            tensors = {name: file.get_tensor(name) for name in names}
    except FileNotFoundError:
        raise ValueError(f"{path} is missing.") from None
    except (SafetensorError, OSError, ValueError) as error:
        raise ValueError(f"{path} is damaged: {error}.") from None
    return tensors, metadata


def packed(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """As they are written: on the CPU, each in one piece."""
    return {k: v.detach().cpu().contiguous() for k, v in tensors.items()}


def digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of names, types, shapes and values."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        value = tensors[name]
        total.update(f"{name}{value.dtype}{tuple(value.shape)}".encode())
        total.update(value.contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return total.hexdigest()
