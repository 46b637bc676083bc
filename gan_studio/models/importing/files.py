"""Files of other people's generators: recognised by content, read as data, within limits."""

from __future__ import annotations

import argparse
import hashlib
import mmap
import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from gan_studio.models.importing import lucidrains, nvidia, state_dicts, tensorflow
from gan_studio.models.importing.imported import Imported
from gan_studio.models.importing.pickles import Budget, Reader, Record, Refused
from gan_studio.models.importing.records import MAGIC, STORAGES, read_pickle

MAX_BYTES = 2 * 10**9
"""of a file; NVIDIA's largest have 380 million"""
MAX_PICKLE = 16 * 10**6
"""bytes of the pickle within a zip of torch.save"""
MAX_ENTRIES = 20_000
STATE_NAMES = {
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_parameter",
    "torch.Size",
    "torch.device",
    "collections.OrderedDict",
    "argparse.Namespace",
    *STORAGES,
}
"""names in the files of torch.save that are read"""
UNREADABLE = (
    RuntimeError, pickle.UnpicklingError, EOFError, LookupError, TypeError, AttributeError,
    ValueError, OSError, MemoryError, AssertionError,
)  # fmt: skip
"""what torch.load raises for damaged files"""


def read_generator(path: Path) -> tuple[Imported, str]:
    """The generator in a file, and the file's SHA-256; ValueError with one sentence."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise ValueError(f"{path} is no file.")
        with path.open("rb") as file:
            _check_size(size)
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            return _convert(path, data), hashlib.sha256(data).hexdigest()
    except Refused as error:
        raise ValueError(f"{path.name} cannot be imported: {error}.") from None


def check_weights_file(path: Path) -> None:
    """ValueError unless a file is one of torch.save, with weights alone and within the limits."""
    try:
        _check_size(path.stat().st_size)
        with path.open("rb") as file:
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        if bytes(data[:4]) == b"PK\x03\x04":
            _check_zip(path)
        elif _is_legacy(data):
            _check_legacy(data)
        else:
            raise Refused("it is no file of torch.save")
    except Refused as error:
        raise ValueError(f"{path.name} holds no plain weights: {error}.") from None


def _check_size(size: int) -> None:
    if not size:
        raise Refused("it is empty")
    if size > MAX_BYTES:
        raise Refused(f"it has {size:,} bytes, and may have {MAX_BYTES:,}")


def _convert(path: Path, data: memoryview) -> Imported:
    if bytes(data[:4]) == b"PK\x03\x04":
        _check_zip(path)
        return _convert_state(_load(path))
    if _is_legacy(data):
        _check_legacy(data)
        return _convert_state(_load(path))
    if bytes(data[:1]) != b"\x80":
        raise Refused("it is neither a pickle nor a file of torch.save")
    content = read_pickle(data)
    if nvidia.is_nvidia(content):
        return nvidia.convert(content)
    if tensorflow.is_tensorflow(content):
        return tensorflow.convert(content)
    keys = [str(k) for k in content] if type(content) is dict else [type(content).__name__]
    raise Refused(f"it holds {', '.join(keys)[:80]}, and no generator that is known")


def _convert_state(content: Any) -> Imported:
    if lucidrains.is_lucidrains(content):
        return lucidrains.convert(content)
    return state_dicts.convert(content)


def _load(path: Path) -> Any:
    """The content, by torch's own reader of weights alone."""
    try:
        with torch.serialization.safe_globals([argparse.Namespace]):
            return torch.load(path, map_location="cpu", weights_only=True)
    except UNREADABLE:
        raise Refused("it is damaged, or holds more than weights") from None


class _Opaque(Record):
    """Something of which only the size matters."""

    def fill(self, state: Any) -> None:
        del state


def _opaque(name: str, arguments: tuple[Any, ...], budget: Budget) -> Any:
    for value in arguments:
        budget.spend_copy(value)
    return {} if name == "collections.OrderedDict" else _Opaque()


def _check_zip(path: Path) -> None:
    """Nothing is compressed, and the pickle is within the limits of pickles."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise Refused(f"it has {len(entries):,} entries")
            if any(e.compress_type != zipfile.ZIP_STORED for e in entries):
                raise Refused("it is a compressed zip, as torch.save writes none")
            if sum(e.file_size for e in entries) > MAX_BYTES:
                raise Refused("its entries are larger than it is")
            pickles = [e for e in entries if e.filename.endswith("/data.pkl")]
            if len(pickles) != 1 or pickles[0].file_size > MAX_PICKLE:
                raise Refused("it is a zip, and none of torch.save")
            data = memoryview(archive.read(pickles[0]))
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        raise Refused("it is a damaged zip") from None
    Reader(data, STATE_NAMES, _opaque, lambda _: _Opaque()).read()


def _is_legacy(data: memoryview) -> bool:
    """Whether a file begins with torch.save's number of before 2020."""
    return bytes(data[:14]) == b"\x80\x02\x8a\x0a" + MAGIC.to_bytes(10, "little")


def _check_legacy(data: memoryview) -> None:
    """All five pickles are within the limits of pickles."""
    budget, where = Budget(), 0
    for _ in range(5):
        reader = Reader(data, STATE_NAMES, _opaque, lambda _: _Opaque(), where, budget)
        reader.read()
        where = reader.position
