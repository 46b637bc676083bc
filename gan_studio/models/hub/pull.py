"""Models from the Hub: into huggingface_hub's cache, and only what a model consists of."""

from __future__ import annotations

from pathlib import Path

from gan_studio.core import files
from gan_studio.core.log import warn_once
from gan_studio.gans import checkpoint
from gan_studio.gans.base import LatentGAN
from gan_studio.models.hub.address import Address
from gan_studio.models.hub.client import client
from gan_studio.models.hub.errors import Unreachable, translated

MB = 10**6
MAX_FILE_BYTES = {
    checkpoint.CONFIG: MB,
    files.MODEL: 2000 * MB,
    checkpoint.HISTORY: 100 * MB,
    checkpoint.SAMPLES: 50 * MB,
    checkpoint.SLIDERS: MB,
    checkpoint.DIRECTIONS: 100 * MB,
    checkpoint.CARD: MB,
}
"""the files that are brought, each with the bytes that it may have; nothing else ever is"""
REQUIRED_FILES = (checkpoint.CONFIG, files.MODEL)
_known_models: set[Path] = set()


def from_pretrained(name: str, *, token: str | None = None) -> LatentGAN:
    """The GAN `user/repo[@revision]`, ready to sample, on the CPU; fetched unless it is at hand.

    Raises ValueError with one sentence when it cannot be had or is not intact.
    """
    return checkpoint.load_model(cached_path(name) or pull(name, token=token))[0]


def pull(name: str, *, token: str | None = None) -> Path:
    """Bring `user/repo[@revision]` to this machine, newest first; where it lies, to be read only.

    What is here already is not fetched again, and stands in when the Hub cannot be reached. Raises
    ValueError with one sentence.
    """
    address = Address.of(name)
    try:
        with translated(address):
            return _download(address, token)
    except Unreachable as error:
        if here := cached_path(name):
            return here
        reason = str(error).rstrip(".")
        raise ValueError(f"{reason}, and {address} is not on this machine.") from None


def _download(address: Address, token: str | None) -> Path:
    """The same from the Hub; what the repository says of its files is believed in nothing."""
    api = client(token)
    info = api.model_info(address.repo, revision=address.revision, files_metadata=True)
    sizes = {file.rfilename: file.size for file in info.siblings or ()}
    for name in REQUIRED_FILES:
        if name not in sizes:
            raise ValueError(f"{address} is no model of GAN Studio's: {name} is missing.")
    for name, most in MAX_FILE_BYTES.items():
        if name in sizes and not 0 <= (sizes[name] or 0) <= most:
            raise ValueError(f"{address} is refused: its {name} has {sizes[name]:,} bytes.")
    folder = api.snapshot_download(
        address.repo, revision=address.revision, allow_patterns=list(MAX_FILE_BYTES)
    )
    if Path(folder).name != info.sha:
        raise ValueError(f"{address} changed while it was read; try again.")
    checkpoint.load_manifest(Path(folder))
    return Path(folder)


def cached_path(name: str) -> Path | None:
    """Where a model that was pulled lies; no network is asked."""
    from huggingface_hub import try_to_load_from_cache

    repo, revision = Address.of(name)
    found = [try_to_load_from_cache(repo, part, revision=revision) for part in REQUIRED_FILES]
    config, *_ = found
    return Path(config).parent if all(isinstance(path, str) for path in found) else None  # pyright: ignore[reportArgumentType]


def cached_models() -> dict[str, Path]:
    """Every model of GAN Studio's in the Hub's cache, by name."""
    from huggingface_hub import constants

    known = {}
    for refs in sorted(Path(constants.HF_HUB_CACHE).glob("models--*--*/refs")):
        repo = refs.parent.name.removeprefix("models--").replace("--", "/")
        for ref in sorted(path for path in refs.rglob("*") if path.is_file()):
            address = Address(repo, ref.relative_to(refs).as_posix())
            try:
                snapshot = refs.parent / "snapshots" / ref.read_text("utf-8")
                if is_model(snapshot):
                    known[str(address)] = snapshot
            except (OSError, ValueError):  # of a cache that others write, too
                warn_once(f"{ref} is damaged: it names no revision.")
    return known


def is_model(snapshot: Path) -> bool:
    """Whether a folder holds a model of one of our families; remembered, as no commit changes."""
    if snapshot not in _known_models:
        try:
            checkpoint.load_manifest(snapshot)
        except ValueError:
            return False
        if not (snapshot / files.MODEL).is_file():  # it is on its way
            return False
        _known_models.add(snapshot)
    return True


def in_cache(directory: Path) -> bool:
    """Whether a folder is a part of the Hub's cache, in which nothing is written by hand."""
    from huggingface_hub import constants

    return directory.is_relative_to(constants.HF_HUB_CACHE)
