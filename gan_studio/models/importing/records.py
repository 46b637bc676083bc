"""Records of the objects in a generator's pickle: modules, tensors, arrays, their storages."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gan_studio.models.importing.pickles import Budget, Name, Reader, Record, Refused

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
"""with which a tensor's storage begins, as torch.save wrote it until 2020 and pickles still do"""
MAX_DEPTH = 16
"""of modules within modules"""
MAX_DIMENSIONS = 5
ARRAY_TYPES = {"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"}
STORAGES = {
    "torch.FloatStorage": torch.float32,
    "torch.HalfStorage": torch.float16,
    "torch.BFloat16Storage": torch.bfloat16,
    "torch.DoubleStorage": torch.float64,
    "torch.LongStorage": torch.int64,
    "torch.IntStorage": torch.int32,
    "torch.ByteStorage": torch.uint8,
    "torch.BoolStorage": torch.bool,
}


@dataclass(eq=False, frozen=True)
class Storage:
    """Numbers of one type, a slice of the file."""

    data: memoryview
    dtype: torch.dtype

    @property
    def count(self) -> int:
        return len(self.data) // self.dtype.itemsize

    @property
    def address(self) -> int:
        """Memory address of the bytes, by which two records of one storage are recognised."""
        return np.frombuffer(self.data, np.uint8).ctypes.data


@dataclass(eq=False, frozen=True)
class TensorRecord:
    """A tensor that has not been read yet; it lies within its storage, without gaps."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def dtype(self) -> torch.dtype:
        return self.storage.dtype

    def read(self) -> Tensor:
        """The values, copied."""
        size = self.dtype.itemsize
        part = self.storage.data[self.offset * size : (self.offset + math.prod(self.shape)) * size]
        flat = torch.from_numpy(np.array(np.frombuffer(part, np.uint8)))
        values = flat.view(self.dtype) if len(flat) else torch.empty(0, dtype=self.dtype)
        return values.as_strided(self.shape, self.strides).contiguous()


@dataclass(eq=False, frozen=True)
class Module:
    """A persistent object of NVIDIA's: its class's name and its state; its source stays unread."""

    class_name: str
    state: Mapping[str, Any]

    def children(self) -> dict[str, Module]:
        modules = self.state.get("_modules")
        return {k: v for k, v in _texts(modules) if isinstance(v, Module)}

    def tensors(self, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, TensorRecord]]:
        """All tensors by name, as `state_dict` would list them."""
        if depth > MAX_DEPTH:
            raise Refused(f"its modules are nested more than {MAX_DEPTH} deep")
        for kind in ("_parameters", "_buffers"):
            for name, value in _texts(self.state.get(kind)):
                if isinstance(value, TensorRecord):
                    yield f"{prefix}{name}", value
        for name, child in self.children().items():
            yield from child.tensors(f"{prefix}{name}.", depth + 1)


class Network(Record):
    """A network of NVIDIA's TensorFlow code."""

    def __init__(self) -> None:
        self.state: Mapping[str, Any] = {}

    def fill(self, state: Any) -> None:
        if type(state) is not dict:
            raise Refused("the state of a network is no table")
        self.state = state


class DType(Record):
    """A type of NumPy's, little-endian unless a state says otherwise."""

    def __init__(self, kind: str) -> None:
        if kind.lstrip("<>=|") not in ARRAY_TYPES:
            raise Refused(f"it has an array of type {kind[:20]!r}")
        self.numpy = np.dtype(kind.lstrip("=|"))

    def fill(self, state: Any) -> None:
        order = state[1]
        if order not in ("<", ">", "=", "|"):
            raise Refused("the byte order of an array is damaged")
        if order == ">":
            self.numpy = self.numpy.newbyteorder(">")


class Array(Record):
    """An array of NumPy's."""

    def __init__(self) -> None:
        self.values = np.zeros(0, np.float32)

    def fill(self, state: Any) -> None:
        """Of (version, shape, type, whether in Fortran's order, bytes)."""
        _, shape, dtype, fortran, data = state
        if not isinstance(dtype, DType) or not isinstance(data, memoryview | bytes):
            raise Refused("an array in it is damaged")
        count = math.prod(_sizes(shape))
        if count * dtype.numpy.itemsize != len(data):
            raise Refused(f"an array of shape {shape} holds {len(data):,} bytes")
        flat = np.frombuffer(data, dtype.numpy)
        self.values = flat.reshape(shape, order="F" if fortran else "C")


def read_pickle(data: memoryview) -> Any:
    """The content of a pickle; Refused where it is damaged or more than data."""
    return Reader(data, BUILDERS, build).read()


def build(name: str, arguments: tuple[Any, ...], budget: Budget) -> Any:
    """The record for a name of the closed list."""
    if name == LOAD_BYTES:
        return storage(arguments[0], budget)
    if name not in BUILDERS:
        raise Refused(f"it calls {name}; nothing in it was run")
    for value in arguments:
        budget.spend_copy(value)
    return BUILDERS[name](*arguments)


def storage(data: Any, budget: Budget) -> Storage:
    """The storage in bytes that torch.save wrote: five pickles, a count, the numbers."""
    if not isinstance(data, memoryview):
        raise Refused("a storage in it is no bytes")
    where = 0
    parts = []
    for _ in range(5):
        reader = Reader(data, STORAGES, _no_calls, _storage_header, where, budget)
        parts.append(reader.read())
        where = reader.position
    magic, protocol, _, header, keys = parts
    if (magic, protocol) != (MAGIC, PROTOCOL) or not isinstance(header, _StorageHeader):
        raise Refused("a storage in it does not begin as torch.save writes one")
    count = int.from_bytes(data[where : where + 8], "little")
    values = data[where + 8 :]
    if keys != [header.key] or not count == header.count == len(values) / header.dtype.itemsize:
        raise Refused(f"a storage of {header.count:,} numbers has {len(values):,} bytes")
    return Storage(values, header.dtype)


@dataclass(frozen=True)
class _StorageHeader:
    """Key, type and count of a storage's numbers, which follow its pickle."""

    key: str
    dtype: torch.dtype
    count: int


def _storage_header(identifier: Any) -> _StorageHeader:
    if type(identifier) is not tuple or len(identifier) not in (5, 6):
        raise Refused("a storage in it is damaged")
    what, kind, key, _, count = identifier[:5]
    if what != "storage" or type(kind) is not Name or type(key) is not str:
        raise Refused("a storage in it is damaged")
    if type(count) is not int or count < 0:
        raise Refused("a storage in it has no size")
    return _StorageHeader(key, STORAGES[kind.text], count)


def _no_calls(name: str, arguments: tuple[Any, ...], budget: Budget) -> Any:
    del arguments, budget
    raise Refused(f"a storage in it calls {name}; nothing in it was run")


def _tensor(source: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> TensorRecord:
    """Within its storage, each number at one place: no size can take more memory than the file."""
    sizes, steps = _sizes(shape), _sizes(strides)
    if not isinstance(source, Storage) or type(offset) is not int or offset < 0:
        raise Refused("a tensor in it has no storage")
    span = 1 + sum((n - 1) * step for n, step in zip(sizes, steps, strict=False))
    count = math.prod(sizes)
    if len(sizes) != len(steps) or offset + count > source.count or (count and span != count):
        raise Refused(f"a tensor of shape {sizes} does not lie in its {source.count:,} numbers")
    return TensorRecord(source, offset, sizes, steps)


def _sizes(shape: Any) -> tuple[int, ...]:
    if type(shape) is not tuple or len(shape) > MAX_DIMENSIONS:
        raise Refused("a shape in it is damaged")
    if any(type(n) is not int or not 0 <= n < 2**40 for n in shape):
        raise Refused("a shape in it is damaged")
    return shape


def _parameter(data: Any, *_: Any) -> TensorRecord:
    if not isinstance(data, TensorRecord):
        raise Refused("a parameter in it is no tensor")
    return data


def _module(meta: Any) -> Module:
    """The record of a persistent object; `module_src`, which NVIDIA would run, stays a text."""
    if type(meta) is not dict or meta.get("type") != "class":
        raise Refused("a persistent object in it is damaged")
    name, state = meta.get("class_name"), meta.get("state")
    if type(name) is not str or type(state) is not dict:
        raise Refused("a persistent object in it is damaged")
    return Module(name, state)


def _dict(pairs: Any = ()) -> dict[Any, Any]:
    if type(pairs) not in (list, tuple) or any(len(pair) != 2 for pair in pairs):
        raise Refused("a table in it is damaged")
    if any(type(key) not in (str, int) for key, _ in pairs):
        raise Refused("a key in it is neither a text nor a number")
    return dict(pairs)


def _set(values: Any = ()) -> set[Any]:
    if type(values) not in (list, tuple) or any(type(v) not in (str, int) for v in values):
        raise Refused("a set in it is damaged")
    return set(values)


def _dtype(kind: Any, *_: Any) -> DType:
    if type(kind) is not str:
        raise Refused("the type of an array is damaged")
    return DType(kind)


def _scalar(dtype: Any, data: Any) -> Any:
    """A number of NumPy's as one of Python's."""
    if not isinstance(dtype, DType) or len(data) != dtype.numpy.itemsize:
        raise Refused("a number in it is damaged")
    return np.frombuffer(data, dtype.numpy)[0].item()


def _bytes(text: Any = "", encoding: Any = "latin1") -> memoryview:
    """Bytes as protocol 2 has them."""
    if type(text) is not str or encoding != "latin1":
        raise Refused("bytes in it are damaged")
    return memoryview(text.encode("latin-1"))


def _array(*_: Any) -> Array:
    return Array()


def _network(*_: Any) -> Network:
    return Network()


def _text(*values: Any) -> str:
    return str(values[0]) if values and type(values[0]) is str else ""


def _tuple(values: Any = ()) -> tuple[Any, ...]:
    if type(values) not in (list, tuple):
        raise Refused("a size in it is damaged")
    return tuple(values)


def _texts(table: Any) -> list[tuple[str, Any]]:
    """The entries of a table that have names."""
    if type(table) is not dict:
        return []
    return [(k, v) for k, v in table.items() if type(k) is str and len(k) <= 200]


LOAD_BYTES = "torch.storage._load_from_bytes"
BUILDERS: dict[str, Callable[..., Any]] = {
    LOAD_BYTES: storage,
    "torch_utils.persistence._reconstruct_persistent_obj": _module,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "torch.Size": _tuple,
    "torch.device": _text,
    "collections.OrderedDict": _dict,
    "dnnlib.util.EasyDict": _dict,
    "dnnlib.tflib.network.Network": _network,
    "builtins.set": _set,
    "__builtin__.set": _set,
    "builtins.bytes": _bytes,
    "__builtin__.bytes": _bytes,
    "_codecs.encode": _bytes,
    "numpy.dtype": _dtype,
    "numpy.ndarray": _array,
    **{
        f"{package}.multiarray.{name}": builder
        for package in ("numpy.core", "numpy._core")
        for name, builder in (("_reconstruct", _array), ("scalar", _scalar))
    },
}
"""the closed list: name in a file -> our function for it; those for calls stand in `build`"""
