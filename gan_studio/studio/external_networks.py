"""External networks that enlarge pictures or fill holes: files in the folder of the models."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch

from gan_studio.core.files import open_atomic, require_writable
from gan_studio.models import external
from gan_studio.models.external import ExternalInpainter, ExternalUpscaler, Summary
from gan_studio.studio.results import TranslatorCard


class ExternalNetworks:
    """The networks of a folder."""

    def __init__(self, folder: Path | None, device: torch.device) -> None:
        """Without a folder there are none."""
        self.folder, self.device = folder, device
        self._latest: tuple[Path, int, ExternalUpscaler | ExternalInpainter] | None = None

    def files(self) -> dict[str, Path]:
        """By the name of the file."""
        return external.find([self.folder]) if self.folder else {}

    def cards(self) -> list[TranslatorCard]:
        """Their cards, made without loading the weights."""
        return [self.card(external.summary(path)) for path in self.files().values()]

    def card(self, summary: Summary) -> TranslatorCard:
        on_processor = self.device.type == "cpu" and summary.parameters > 0
        return TranslatorCard(
            name=summary.name,
            family="external",
            dataset="",
            task=summary.task,
            image_size=0,
            square=False,
            cyclic=False,
            megabytes=max(0.1, round(summary.bytes / 1e6, 1)),
            memory=round(summary.memory / 1e6, -1) if summary.parameters else 0,
            seconds=float(f"{summary.seconds:.1g}") if on_processor else 0,
            architecture=summary.architecture,
            source=summary.source,
        )

    def upscaler(self, name: str) -> ExternalUpscaler:
        """A network in memory; ValueError if it cannot be read, or does something else."""
        if not isinstance(network := self._get(name), ExternalUpscaler):
            raise ValueError(f"{name} fills holes; use inpaint, with a mask.")
        return network

    def inpainter(self, name: str) -> ExternalInpainter:
        """A network in memory; ValueError if it cannot be read, or does something else."""
        if not isinstance(network := self._get(name), ExternalInpainter):
            raise ValueError(f"{name} enlarges pictures; use upscale.")
        return network

    def _get(self, name: str) -> ExternalUpscaler | ExternalInpainter:
        path = self.files()[name]
        stamp = path.stat().st_mtime_ns
        if self._latest is None or self._latest[:2] != (path, stamp):
            self._latest = None  # one at a time: they are large
            self._latest = path, stamp, external.load(path, self.device)
        return self._latest[2]


def install(file: Path, folder: Path, *, name: str, address: str = "", terms: str = "") -> Path:
    """Copy an external network into a folder, after loading it as a check.

    ValueError with one sentence where it is not, or where the folder has a file of that name.
    """
    if not name.endswith(external.ENDINGS):
        name = str(Path(name).with_suffix(external.ENDINGS[0]))
    place = folder / name
    if place.exists():
        raise ValueError(f"{place} exists already; remove it, or name another folder.")
    require_writable(place, field="--output")
    external.load(file, torch.device("cpu"))
    with file.open("rb") as source, open_atomic(place) as target:
        shutil.copyfileobj(source, target)
    if address:
        external.write_source(place, address, terms)
    return place
