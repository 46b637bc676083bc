"""The compute device, its fast number formats, its memory limit and its CPU threads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path

import torch
from threadpoolctl import ThreadpoolController

from gan_studio.core import distributed, zerogpu

CGROUP_FILES = {
    "": ("memory.max", "memory.current", "inactive_file"),
    "memory": ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}
"""cgroup v2 and v1: the files of limit and usage, and the field of memory.stat that counts cache"""


def best_device(*, borrowed: bool = False) -> torch.device:
    """CUDA if present, else Apple's MPS, else the CPU; on ZeroGPU the CPU unless `borrowed`."""
    if zerogpu.is_zerogpu() and not borrowed:
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available() and distributed.world_size() == 1:  # gloo knows no MPS
        return torch.device("mps")
    return torch.device("cpu")


def use_tensor_cores(device: torch.device) -> None:
    """Let CUDA multiply float32 matrices in TF32, which is already the default of convolutions."""
    if device.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True


def check_device(name: torch.device | str) -> torch.device:
    """The device of this name; ValueError where this machine has none that can be used."""
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, TypeError):
        raise ValueError(
            f"The device must be one that this machine has, such as {best_device()}, not {name!r}."
        ) from None
    return device


def describe(device: torch.device) -> str:
    """`CPU · 2 cores`, or the accelerator's name."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "Apple GPU" if device.type == "mps" else f"CPU · {os.cpu_count()} cores"


def fast_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is faster: on GPUs since Ampere and CPUs with AVX512-BF16 or AMX."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu" and hasattr(torch.cpu, "get_capabilities"):  # since torch 2.10
        features = torch.cpu.get_capabilities()
        return bool(features.get("avx512_bf16") or features.get("amx_bf16"))
    return False


def cgroup_memory_left(root: Path = Path("/")) -> Iterator[int]:
    """Bytes that each control group of this process still allows; yields nothing without any."""
    groups = root / "proc/self/cgroup"
    for line in groups.read_text().splitlines() if groups.exists() else ():
        _, controller, group = line.split(":", 2)
        limit, usage, cache = CGROUP_FILES.get(controller, ("", "", ""))
        top = root / "sys/fs/cgroup" / controller
        for folder in (top / group.lstrip("/"), *(top / group.lstrip("/")).parents):
            if not (limit and folder.is_relative_to(top) and (folder / limit).exists()):
                continue  # a limit holds for all groups below it too
            if (most := (folder / limit).read_text().strip()) != "max":
                words = (folder / "memory.stat").read_text().split()
                cache_bytes = dict(zip(words[::2], words[1::2], strict=True)).get(cache, 0)
                yield int(most) - int((folder / usage).read_text()) + int(cache_bytes)


SINGLE_THREAD_PIXELS = 64 * 32**2
"""total pixels of a batch that is too small for a second thread"""


def cpu_threads_for(pixels: int) -> AbstractContextManager[object]:
    """Use one thread for at most SINGLE_THREAD_PIXELS pixels, else all threads.

    On a busy machine other threads do not start at once, and each layer waits for them: a picture
    of 32 pixels took 1 ms alone and 30 to 130 ms with a second thread (November 2026, two cores
    beside other work).
    """
    return _pools().limit(limits=1) if pixels <= SINGLE_THREAD_PIXELS else nullcontext()


@cache
def _pools() -> ThreadpoolController:
    """The OpenMP pools: their limit is per thread, that of torch.set_num_threads is global."""
    return ThreadpoolController().select(user_api="openmp")
