"""Download models from the Hub into the cache of huggingface_hub."""

from __future__ import annotations

from pathlib import Path

from gan_studio.core import files
from gan_studio.core.log import warn_once
from gan_studio.gans import checkpoint
from gan_studio.gans.base import GAN
from gan_studio.models.hub.address import Address
from gan_studio.models.hub.client import client
from gan_studio.models.hub.errors import Unreachable, translate_errors

MB = 10**6
MAX_FILE_BYTES = {
    checkpoint.CONFIG: MB,
    files.MODEL: 2000 * MB,
    checkpoint.HISTORY: 100 * MB,
    **dict.fromkeys(checkpoint.CARD_PICTURES, 50 * MB),
    checkpoint.SLIDERS: MB,
    checkpoint.DIRECTIONS: 100 * MB,
    checkpoint.CARD: MB,
}
"""the files that are downloaded -> largest size in bytes; other files are ignored"""
REQUIRED_FILES = (checkpoint.CONFIG, files.MODEL)
_known_models: set[Path] = set()


def from_pretrained(name: str, *, token: str | None = None) -> GAN:
    """The GAN `user/repo[@revision]`, ready to sample, on the CPU; downloaded unless cached.

    ValueError if it is not available or damaged.
    """
    return checkpoint.load_model(cached_path(name) or pull(name, token=token))[0]


def pull(name: str, *, token: str | None = None) -> Path:
    """Download the newest version of `user/repo[@revision]`; its read-only directory.

    Cached files are not downloaded again and are used if the Hub cannot be reached. ValueError if
    the model is not available.
    """
    address = Address.of(name)
    try:
        with translate_errors(address):
            return _download(address, token)
    except Unreachable as error:
        if here := cached_path(name):
            return here
        reason = str(error).rstrip(".")
        raise ValueError(f"{reason}, and {address} is not on this machine.") from None


def _download(address: Address, token: str | None) -> Path:
    """Download the model; sizes and contents of the repository are untrusted."""
    api = client(token)
    info = api.model_info(address.repo, revision=address.revision, files_metadata=True)
    sizes = {file.rfilename: file.size for file in info.siblings or ()}
    for name in REQUIRED_FILES:
        if name not in sizes:
            raise ValueError(f"{address} is not a model of GAN Studio: {name} is missing.")
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


def pull_file(name: str, file: str, most: int) -> Path:
    """Download one file of `user/repo[@revision]` of at most so many bytes; its path in the cache.

    ValueError if it is not available.
    """
    address = Address.of(name)
    with translate_errors(address):
        api = client(None)
        info = api.model_info(address.repo, revision=address.revision, files_metadata=True)
        sizes = {entry.rfilename: entry.size or 0 for entry in info.siblings or ()}
        if file not in sizes:
            raise ValueError(f"{address} has no file {file}.")
        if sizes[file] > most:
            raise ValueError(f"{address}/{file} is refused: it has more than {most:,} bytes.")
        return Path(api.hf_hub_download(address.repo, file, revision=address.revision))


def terms(name: str) -> str:
    """The licence that the card of `user/repo[@revision]` names; empty where it names none."""
    address = Address.of(name)
    with translate_errors(address):
        info = client(None).model_info(address.repo, revision=address.revision)
    licence = getattr(info.card_data, "license", None)
    return licence[:100] if isinstance(licence, str) else ""


def cached_path(name: str) -> Path | None:
    """The cached directory of a model, without using the network."""
    from huggingface_hub import try_to_load_from_cache

    repo, revision = Address.of(name)
    paths = [try_to_load_from_cache(repo, part, revision=revision) for part in REQUIRED_FILES]
    config, *_ = paths
    return Path(config).parent if all(isinstance(path, str) for path in paths) else None  # pyright: ignore[reportArgumentType]


def cached_models() -> dict[str, Path]:
    """Name -> directory of every GAN Studio model in the cache of the Hub."""
    from huggingface_hub import constants

    models = {}
    for refs in sorted(Path(constants.HF_HUB_CACHE).glob("models--*--*/refs")):
        repo = refs.parent.name.removeprefix("models--").replace("--", "/")
        for ref in sorted(path for path in refs.rglob("*") if path.is_file()):
            address = Address(repo, ref.relative_to(refs).as_posix())
            try:
                snapshot = refs.parent / "snapshots" / ref.read_text("utf-8")
                if is_model(snapshot):
                    models[str(address)] = snapshot
            except (OSError, ValueError):  # other programs write to this cache too
                warn_once(f"{ref} is damaged: it names no revision.")
    return models


def is_model(snapshot: Path) -> bool:
    """Whether a snapshot is a complete GAN Studio model; remembered, as commits never change."""
    if snapshot not in _known_models:
        try:
            checkpoint.load_manifest(snapshot)
        except ValueError:
            return False
        if not (snapshot / files.MODEL).is_file():  # still downloading
            return False
        _known_models.add(snapshot)
    return True


def in_cache(directory: Path) -> bool:
    """Whether a folder is in the cache of the Hub, which is read-only."""
    from huggingface_hub import constants

    return directory.is_relative_to(constants.HF_HUB_CACHE)
