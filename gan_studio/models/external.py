"""Networks of other people that enlarge pictures or fill holes, through the library spandrel.

Such as Real-ESRGAN's and LaMa's. Only weights are read, with safetensors or torch's restricted
loader; nothing in a file is run. https://github.com/chaiNNer-org/spandrel
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.functional import interpolate

from gan_studio.core import devices
from gan_studio.core.files import write_atomic
from gan_studio.models.importing.files import check_weights_file
from gan_studio.models.translator import MAX_SIDE
from gan_studio.models.upscaler import Settings, Tile, in_tiles, tile_count

ENDINGS = (".pth", ".safetensors")
MAX_BYTES = 1 << 30
"""of a file"""
TILE, MARGIN = 192, 32
"""pixels along a side of what is enlarged in one go, and of what is looked at around it"""
SOURCE = ".source.json"
"""suffix of the file beside an imported one that says where it comes from"""
MAX_SOURCE = 10_000
"""bytes of such a file"""
SPEED = 20e9
"""multiplications and additions per second and core of a processor, for convolutions (measured with
Real-ESRGAN's compact network, November 2026, AVX2)"""
TILE_MEMORY = 850e6
"""bytes that ESRGAN, the largest usual network, takes for a part beside its weights"""
FILL_MEMORY = 2e3
"""bytes that LaMa takes for each pixel of a picture beside its weights: 8 maps of 64 channels"""
FILLS = "LaMa"
"""the architecture that spandrel knows for holes"""
FILL_REDUCTION = 8
"""LaMa's weights look at a picture of an eighth of the width and height"""


class Descriptor(Protocol):
    """The attributes of spandrel's descriptor that are used here."""

    scale: int
    input_channels: int
    architecture: Any

    @property
    def model(self) -> torch.nn.Module: ...

    def __call__(self, *images: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class ExternalNetwork:
    """A network of other people in memory."""

    name: str
    network: Descriptor
    device: torch.device

    @property
    def architecture(self) -> str:
        """The name of its architecture, such as ESRGAN."""
        return str(self.network.architecture.name)

    @property
    def parameters(self) -> int:
        return sum(p.numel() for p in self.network.model.parameters())


class ExternalUpscaler(ExternalNetwork):
    """A network that enlarges pictures."""

    def tiles(self, picture: Tensor, settings: Settings) -> Iterator[Tile]:
        """As of `Upscaler`. What a network of another factor makes is resampled.

        Sharpness and noise are the network's own; colours stay as it makes them.
        """
        scale = settings.scale
        return in_tiles(picture, scale, TILE, MARGIN, lambda part: self._enlarge(part, scale))

    def tile_count(self, height: int, width: int) -> int:
        return tile_count(height, width, TILE)

    def _enlarge(self, part: Tensor, scale: int) -> Tensor:
        """(3, H, W) uint8 -> (1, 3, scale H, scale W) in [-1, 1]."""
        x = part[None].to(self.device).float() / 255
        if self.network.input_channels == 1:
            x = x.mean(1, keepdim=True)
        y = self.network(x).expand(-1, 3, -1, -1)
        size = scale * part.shape[1], scale * part.shape[2]
        if y.shape[2:] != size:
            y = interpolate(y, size, mode="bicubic", antialias=True, align_corners=False)
        return y.clamp(0, 1) * 2 - 1


class ExternalInpainter(ExternalNetwork):
    """A network that fills holes in pictures of any size."""

    def working_size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width at which it looks at a picture of that size, which limits memory."""
        scale = min(1, MAX_SIDE / max(height, width))
        return max(1, round(scale * height)), max(1, round(scale * width))

    def fill(self, picture: Tensor, mask: Tensor) -> Tensor:
        """As of `Translator`: (1, 3, h, w) in [-1, 1] and (1, 1, h, w) -> (1, 3, h, w)."""
        x = (picture.to(self.device) + 1) / 2
        if self.network.input_channels == 1:
            x = x.mean(1, keepdim=True)
        with torch.inference_mode(), devices.cpu_threads_for(1 << 30):
            y = self.network(x, (mask > 0).to(x))
        return y.expand(-1, 3, -1, -1).float().cpu() * 2 - 1


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Facts about a file, read without its weights."""

    name: str
    bytes: int
    task: str = "enlarge"
    """ "enlarge" or "repair"; "enlarge" of a file that cannot be read, which is said when it is
    used"""
    architecture: str = ""
    parameters: int = 0
    source: str = ""
    """its address on the Hub and its terms; empty if it was not imported"""

    @property
    def memory(self) -> float:
        """Bytes that it takes at most on a processor, of a picture of any size."""
        working = FILL_MEMORY * MAX_SIDE**2 if self.task == "repair" else TILE_MEMORY
        return 4 * self.parameters + working

    @property
    def seconds(self) -> float:
        """Estimated time of a megapixel on this machine's processor."""
        reduction = FILL_REDUCTION**2 if self.task == "repair" else 1
        return 2e6 * self.parameters / reduction / (SPEED * (os.cpu_count() or 1))


def find(folders: Sequence[Path]) -> dict[str, Path]:
    """The files that lie beside the models of these folders, by name; not yet looked into."""
    return {
        path.name: path
        for folder in folders
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in ENDINGS and path.is_file()
    }


def summary(path: Path) -> Summary:
    """Facts about a file, read again when it has changed."""
    status = path.stat()
    return _summary(path, status.st_mtime_ns, status.st_size, read_source(path))


@lru_cache(maxsize=64)
def _summary(path: Path, _: int, size: int, source: str) -> Summary:
    try:
        weights = read_weights(path, "meta") if size <= MAX_BYTES else {}
        architecture = detect(weights)
    except ValueError:
        return Summary(name=path.name, bytes=size, source=source)
    return Summary(
        name=path.name,
        bytes=size,
        task="repair" if architecture == FILLS else "enlarge",
        architecture=architecture,
        parameters=sum(value.numel() for value in weights.values()),
        source=source,
    )


def read_source(path: Path) -> str:
    """Address and terms of an imported file; empty if they are not known."""
    place = path.with_name(path.name + SOURCE)
    try:
        if place.stat().st_size > MAX_SOURCE:
            return ""
        source = json.loads(place.read_text("utf-8"))
        return ", ".join(str(source[key])[:200] for key in ("address", "terms") if source.get(key))
    except (OSError, ValueError, TypeError, AttributeError):
        return ""


def write_source(path: Path, address: str, terms: str) -> None:
    """Store address and terms of an imported file beside it."""
    source = json.dumps({"address": address, "terms": terms}).encode()
    write_atomic(path.with_name(path.name + SOURCE), source)


def detect(weights: Mapping[str, Tensor]) -> str:
    """The name of the architecture of weights by name; ValueError if spandrel knows none."""
    registry = _spandrel().MAIN_REGISTRY
    for candidate in registry.architectures("detection"):
        if candidate.detect(dict(weights)):
            return str(candidate.architecture.name)
    raise ValueError("Its architecture is none that spandrel knows.")


def is_known(path: Path) -> bool:
    """Whether a file holds weights of an architecture that spandrel knows."""
    try:
        return bool(detect(read_weights(path, "meta")))
    except ValueError:
        return False


def load(path: Path, device: torch.device) -> ExternalUpscaler | ExternalInpainter:
    """Load a network; ValueError with one sentence unless it enlarges pictures or fills holes."""
    spandrel = _spandrel(path.name)
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path.name} has more than {MAX_BYTES:,} bytes.")
    try:
        descriptor = spandrel.ModelLoader(device).load_from_state_dict(read_weights(path))
    except spandrel.UnsupportedModelError:
        raise ValueError(f"{path.name} is of no architecture that spandrel knows.") from None
    except (RuntimeError, KeyError, TypeError, ValueError, AttributeError, AssertionError) as error:
        if isinstance(error, ValueError) and path.name in str(error):
            raise
        raise ValueError(f"{path.name} is damaged: its weights do not fit together.") from None
    fills = isinstance(descriptor, spandrel.MaskedImageModelDescriptor)
    if not fills and (
        not isinstance(descriptor, spandrel.ImageModelDescriptor) or descriptor.scale < 2
    ):
        raise ValueError(
            f"{path.name} is a network that neither enlarges pictures nor fills holes."
        )
    if descriptor.input_channels not in (1, 3) or descriptor.output_channels not in (1, 3):
        raise ValueError(
            f"{path.name} takes {descriptor.input_channels} channels; grey and colour are possible."
        )
    descriptor.model.eval().requires_grad_(requires_grad=False)
    return (ExternalInpainter if fills else ExternalUpscaler)(path.name, descriptor, device)


def read_weights(path: Path, device: str = "cpu") -> dict[str, Tensor]:
    """The tensors of a file by name; ValueError where it holds anything else, which is not run.

    On the device "meta" they have shapes and no values, and the file is not read as a whole.
    """
    try:
        weights = _spandrel(path.name).canonicalize_state_dict(_read_file(path, device))
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path.name} cannot be read: {error}.") from None
    except (TypeError, AttributeError):
        raise ValueError(f"{path.name} holds no dictionary of weights.") from None
    if not weights or not all(isinstance(value, Tensor) for value in weights.values()):
        raise ValueError(f"{path.name} holds no weights of a network.")
    if device != "meta" and not all(value.isfinite().all() for value in weights.values()):
        raise ValueError(f"{path.name} is damaged: a weight is not a number.")
    return weights


def _read_file(path: Path, device: str) -> dict[str, Any]:
    if path.suffix.lower() == ".safetensors":
        return _shapes(path) if device == "meta" else load_file(path, device)
    check_weights_file(path)
    try:
        content = torch.load(path, device, weights_only=True)
    except Exception:  # noqa: BLE001  # whatever the pickle makes the loader raise
        raise ValueError(
            f"{path.name} holds no plain weights; code inside a file is never run."
        ) from None
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} holds no dictionary of weights.")
    return content


def _shapes(path: Path) -> dict[str, Tensor]:
    with safe_open(path, "pt") as file:
        return {
            name: torch.empty(file.get_slice(name).get_shape(), device="meta")
            for name in file.keys()  # noqa: SIM118  # it is no dictionary
        }


def _spandrel(name: str = "Networks of other people") -> ModuleType:
    """The library; ValueError where it is not installed."""
    try:
        import spandrel
    except ImportError:
        raise ValueError(
            f"{name} needs the package spandrel: pip install 'gan-studio[restore]'."
        ) from None
    return spandrel
