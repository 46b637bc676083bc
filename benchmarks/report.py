"""What every benchmark prints: a table, a ratio and the machine."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

import torch
from rich.console import Console
from rich.table import Table


def machine() -> str:
    """Processor, cores and versions."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor()
    gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    python = platform.python_version()
    return f"{name}, {os.cpu_count()} cores{gpu}; Python {python}, torch {torch.__version__}"


def table(*columns: str, rows: Mapping[str, tuple[str, ...]]) -> None:
    """Print rows by name, then the machine."""
    grid = Table(*columns, box=None)
    for name, cells in rows.items():
        grid.add_row(name, *cells)
    console = Console(width=120, highlight=False)
    console.print(grid)
    console.print(machine(), style="dim")


def alternate(
    contenders: Mapping[str, Callable[[], object]], repetitions: int
) -> dict[str, list[float]]:
    """Seconds of each call, A B A B …, so that a busy machine disturbs all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(repetitions):
        for name, run in contenders.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def medians(seconds: Mapping[str, list[float]]) -> dict[str, float]:
    return {name: median(times) for name, times in seconds.items()}
