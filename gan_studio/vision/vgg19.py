"""VGG-19 (Simonyan & Zisserman, 2015), the 13 convolutions that style transfer uses.

The download has torchvision's weights IMAGENET1K_V1, trained from scratch by PyTorch's authors. The
original ones, converted from Caffe, have other magnitudes and give other paintings; a file of them
with torchvision's names works too.

Verification: the commit is pinned, and the Hub must report the SHA-256 of the whole file that its
page shows. Only a tenth of the file is downloaded, so this hash cannot be computed here; instead
the first filter is compared with its published values. The stored file has its own checksum.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from gan_studio.core import files
from gan_studio.core.events import Download
from gan_studio.vision import download
from gan_studio.vision.download import models_dir
from gan_studio.vision.network import VGG19, FeatureNetwork

Blocks = Sequence[Sequence[int]]

FILE, HALF_FILE = "vgg19_features.safetensors", "vgg19_features_fp16.safetensors"
"""the downloaded file, and one in half precision; other vgg19*.safetensors come last"""

HUB_FILE = download.HubFile(
    repo="timm/vgg19.tv_in1k",
    file="model.safetensors",
    revision="128d4708565b3a414bcbb9bbad440b2fe37b9f18",
    sha256="11aea017b543ff59233749d8f1cf544cda749378f5790d2fedab841fb86b7669",
)
"""hash and commit as on https://huggingface.co/timm/vgg19.tv_in1k/blob/main/model.safetensors"""

FIRST_FILTER = (
    *(-5.3474e-02, -4.9257e-02, -6.7942e-02, 1.5314e-02, 4.5068e-02, 2.1444e-03),
    *(3.6226e-02, 1.9999e-02, 1.9864e-02, 1.7015e-02, 5.5403e-02, -6.2293e-03),
    *(1.4165e-01, 2.2705e-01, 1.3758e-01, 1.2000e-01, 2.0030e-01, 9.2114e-02),
    *(-4.4885e-02, 1.2680e-02, -1.4497e-02, 5.9742e-02, 1.3955e-01, 5.4102e-02),
    *(-9.6141e-04, 5.8304e-02, -2.9663e-02),
)
"""the first filter of torchvision's network, (3, 3, 3), as published in five digits"""


def load() -> FeatureNetwork:
    """Load the network, downloaded if necessary; ValueError if that fails."""
    deque(fetch(), maxlen=0)
    return read(local_weights() or models_dir() / FILE)


def local_weights(blocks: Blocks = VGG19) -> Path | None:
    """The weights file if it is on this machine."""
    others = sorted(models_dir().glob("vgg19*.safetensors"))
    places = (models_dir() / FILE, models_dir() / HALF_FILE, *others)
    return next((path for path in places if has_tensors(path, tensor_shapes(blocks))), None)


def fetch(
    source: download.HubFile = HUB_FILE,
    blocks: Blocks = VGG19,
    first: Sequence[float] = FIRST_FILTER,
    retry_wait: float = 1.0,
) -> Generator[Download]:
    """Download the weights, about 50 MB; yields nothing if they are on this machine.

    `first` are the expected values of the first filter; `retry_wait` as in `download.fetch`.
    ValueError, with nothing stored, if the download fails.
    """
    if local_weights(blocks):
        return
    directory = models_dir()
    try:
        files.require_writable(directory / FILE)
        tensors, etag = yield from download.fetch(source, tensor_shapes(blocks), retry_wait)
        check_weights(tensors, first)
        origin = {"repo": source.repo, "revision": source.revision, "etag": etag}
        files.save_tensors(directory / FILE, tensors, origin)
    except (ValueError, OSError) as error:
        raise ValueError(
            f"VGG-19 is not in {directory} and cannot be fetched: {error}; "
            "the embedded network works without it."
        ) from None


def read(path: Path, pooling: str = "max", blocks: Blocks = VGG19) -> FeatureNetwork:
    """Read the network from a safetensors file with torchvision's names, else ValueError."""
    network = FeatureNetwork(blocks, pooling)
    if not path.is_file():
        raise ValueError(f"{path} is missing.")
    try:
        with safe_open(path, "pt") as file:
            ours = "sha256" in (file.metadata() or {})
            raw = {} if ours else {name: file.get_tensor(name) for name in tensor_shapes(blocks)}
        tensors = files.load_tensors(path) if ours else raw
        values = (tensors[name] for name in tensor_shapes(blocks))
        network.load_state_dict(dict(zip(network.state_dict(), values, strict=True)))
    except (SafetensorError, KeyError, RuntimeError):
        raise ValueError(f"{path} does not hold the convolutions of VGG-19.") from None
    return network.eval().requires_grad_(False)


def tensor_shapes(blocks: Blocks) -> dict[str, tuple[int, ...]]:
    """torchvision's tensor names -> shapes, in the order of FeatureNetwork's."""
    widths = pairwise([3, *(width for block in blocks for width in block)])
    shapes: dict[str, tuple[int, ...]] = {}
    for i, (narrow, wide) in zip(conv_indices(blocks), widths, strict=True):
        shapes |= {f"features.{i}.weight": (wide, narrow, 3, 3), f"features.{i}.bias": (wide,)}
    return shapes


def conv_indices(blocks: Blocks) -> Iterator[int]:
    """Indices in torchvision's `features`, where ReLUs and poolings come between."""
    i = 0
    for block in blocks:
        for _ in block:
            yield i
            i += 2
        i += 1


def has_tensors(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether a file has tensors of these names and shapes; reads only the header."""
    try:
        with safe_open(path, "pt") as file:
            return all(tuple(file.get_slice(k).get_shape()) == v for k, v in shapes.items())
    except (SafetensorError, OSError):
        return False


def check_weights(tensors: Mapping[str, Tensor], first: Sequence[float]) -> None:
    """ValueError, with the end of a sentence, unless these are the expected weights."""
    if not all(bool(v.isfinite().all()) for v in tensors.values()):
        raise ValueError("a weight that came is not a number")
    kernel = tensors["features.0.weight"][0].flatten()
    if not torch.allclose(kernel, torch.tensor(first), rtol=0, atol=1e-4):
        raise ValueError("the weights that came are not those of torchvision")
