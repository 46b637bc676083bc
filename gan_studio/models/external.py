"""Super-resolution networks of other people, such as Real-ESRGAN's, through the library spandrel.

Only weights are read, with safetensors or torch's restricted loader; nothing in a file is run.
https://github.com/chaiNNer-org/spandrel
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.functional import interpolate

from gan_studio.core import devices
from gan_studio.images import convert
from gan_studio.models.upscaler import Settings, Tile

ENDINGS = (".pth", ".safetensors")
MAX_BYTES = 1 << 30
"""of a file"""
TILE, MARGIN = 192, 32
"""pixels along a side of what is enlarged in one go, and of what is looked at around it"""


class Descriptor(Protocol):
    """What spandrel knows of a network."""

    scale: int
    input_channels: int
    architecture: Any

    @property
    def model(self) -> torch.nn.Module: ...

    def __call__(self, image: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class ExternalUpscaler:
    """Somebody's network in memory."""

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

    def tiles(self, picture: Tensor, settings: Settings) -> Iterator[Tile]:
        """As of `Upscaler`. What a network of another factor makes is resampled.

        Sharpness and noise are the network's own; colours stay as it makes them.
        """
        _, height, width = picture.shape
        for top in range(0, height, TILE):
            for left in range(0, width, TILE):
                bottom, right = min(top + TILE, height), min(left + TILE, width)
                y0, x0 = max(top - MARGIN, 0), max(left - MARGIN, 0)
                part = picture[:, y0 : bottom + MARGIN, x0 : right + MARGIN]
                y = self._enlarged(part, settings.scale)
                scale = settings.scale
                y = y[..., scale * (top - y0) : scale * (bottom - y0), :]
                y = y[..., scale * (left - x0) : scale * (right - x0)]
                pixels = torch.from_numpy(convert.to_uint8(y)[0]).permute(2, 0, 1)
                yield Tile(scale * top, scale * left, pixels)

    def tile_count(self, height: int, width: int) -> int:
        return math.ceil(height / TILE) * math.ceil(width / TILE)

    def _enlarged(self, part: Tensor, scale: int) -> Tensor:
        """(3, H, W) uint8 -> (1, 3, scale H, scale W) in [-1, 1]."""
        x = part[None].to(self.device).float() / 255
        if self.network.input_channels == 1:
            x = x.mean(1, keepdim=True)
        with torch.inference_mode(), devices.cpu_threads_for(1 << 30):
            y = self.network(x).expand(-1, 3, -1, -1)
            size = scale * part.shape[1], scale * part.shape[2]
            if y.shape[2:] != size:
                y = interpolate(y, size, mode="bicubic", antialias=True, align_corners=False)
        return y.clamp(0, 1) * 2 - 1


def find(folders: Sequence[Path]) -> dict[str, Path]:
    """The files that lie beside the models of these folders, by name; not yet looked into."""
    return {
        path.name: path
        for folder in folders
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in ENDINGS and path.is_file()
    }


def load(path: Path, device: torch.device) -> ExternalUpscaler:
    """Somebody's network; ValueError with one sentence where the file holds none that enlarges."""
    try:
        from spandrel import ImageModelDescriptor, ModelLoader, UnsupportedModelError
    except ImportError:
        raise ValueError(
            f"{path.name} needs the package spandrel: pip install 'gan-studio[restore]'."
        ) from None
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path.name} has more than {MAX_BYTES:,} bytes.")
    try:
        found = ModelLoader(device).load_from_state_dict(read_weights(path))
    except UnsupportedModelError:
        raise ValueError(f"{path.name} is of no architecture that spandrel knows.") from None
    except (RuntimeError, KeyError, TypeError, ValueError, AttributeError, AssertionError) as error:
        if isinstance(error, ValueError) and path.name in str(error):
            raise
        raise ValueError(f"{path.name} is damaged: its weights do not fit together.") from None
    if not isinstance(found, ImageModelDescriptor) or found.scale < 2:
        raise ValueError(f"{path.name} is a network that does not enlarge pictures.")
    if found.input_channels not in (1, 3) or found.output_channels not in (1, 3):
        raise ValueError(
            f"{path.name} takes {found.input_channels} channels; grey and colour are possible."
        )
    found.model.eval().requires_grad_(requires_grad=False)
    return ExternalUpscaler(path.name, found, device)


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a file by name; ValueError where it holds anything else, which is not run."""
    from spandrel import canonicalize_state_dict

    try:
        if path.suffix.lower() == ".safetensors":
            state: object = load_file(path)
        else:
            state = torch.load(path, "cpu", weights_only=True)
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path.name} cannot be read: {error}.") from None
    except Exception:  # noqa: BLE001  # whatever the pickle makes the loader raise
        raise ValueError(
            f"{path.name} holds no plain weights; code inside a file is never run."
        ) from None
    if not isinstance(state, dict):
        raise ValueError(f"{path.name} holds no dictionary of weights.")
    weights = canonicalize_state_dict(state)
    if not weights or not all(isinstance(value, Tensor) for value in weights.values()):
        raise ValueError(f"{path.name} holds no weights of a network.")
    if not all(value.isfinite().all() for value in weights.values()):
        raise ValueError(f"{path.name} is damaged: a weight is not a number.")
    return weights
