"""Import other people's generators and networks from files, from the Hub and from addresses."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from gan_studio.core.events import Download
from gan_studio.core.files import require_writable
from gan_studio.models import external, hub
from gan_studio.models.importing import import_model
from gan_studio.models.importing.files import MAX_BYTES
from gan_studio.studio.external_networks import install

ENDINGS = (".pkl", ".pt", ".pth", ".safetensors")
TORCH_ENDINGS = (".pt", ".pth")
"""of files that may hold a generator, or a network that enlarges pictures or fills holes"""
CHUNK = 1 << 20
NOT_FOR_VISITORS = "Visitors cannot import models here; the owner of this page can."


def import_from(source: str, output: Path | None, root: Path) -> Generator[Download, None, Path]:
    """Import a file, an https address, or `user/repo/file.pkl` on the Hub.

    A generator becomes a model in the directory `output`, by default a new one under `root`. A
    network that enlarges pictures or fills holes is put as it is into `output`, by default `root`.
    Yields the progress of a download and returns the directory, or the network's file. ValueError
    with one sentence where that is not possible.
    """
    if source and Path(source).exists():
        return _import_file(Path(source), output, root)
    if "://" in source:
        require_writable((output or root) / "config.json", field="--output")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / _file_name(source)
            yield from _download(source, file)
            return _import_file(file, output, root, source)
    if (parts := source.split("/")) and len(parts) >= 3 and source.endswith(ENDINGS):
        repo, name = "/".join(parts[:2]), "/".join(parts[2:])
        file = hub.pull_file(repo, name, MAX_BYTES)
        return _import_file(file, output, root, source, lambda: hub.terms(repo))
    raise ValueError(
        f"There is no file {source[:200]!r}; a file, an https address, or user/repo/file.pkl "
        "on the Hub can be imported."
    )


def _import_file(
    file: Path,
    output: Path | None,
    root: Path,
    address: str = "",
    terms: Callable[[], str] = lambda: "",
) -> Path:
    """Import a file as a model or as a network of other people; ValueError with one sentence."""
    name = _file_name(address or file.name)
    if name.endswith(".safetensors") or (name.endswith(TORCH_ENDINGS) and external.is_known(file)):
        return install(file, output or root, name=name, address=address, terms=terms())
    return import_model(file, output or new_directory(root, name), address=address)


def new_directory(root: Path, source: str) -> Path:
    """A directory that does not exist yet, named after a file."""
    stem = re.sub(r"[^\w.-]+", "-", Path(_file_name(source)).stem)[:60] or "imported"
    names = (stem if i == 1 else f"{stem}-{i}" for i in range(1, 10_000))
    return next(root / name for name in names if not (root / name).exists())


def _file_name(source: str) -> str:
    """The last part of a path or an address."""
    try:
        path = urlsplit(source).path if "://" in source else source
    except ValueError:
        raise ValueError(f"{source[:200]} is no address.") from None
    return re.sub(r"[^\w.-]+", "-", path.rpartition("/")[2])[:120] or "file"


def _download(address: str, file: Path) -> Iterator[Download]:
    """Write what an address holds into a file, up to MAX_BYTES."""
    import httpx

    if not address.startswith("https://"):
        raise ValueError(f"Models are imported from https addresses, not from {address[:200]}.")
    with (
        _one_sentence(address),
        httpx.stream("GET", address, follow_redirects=True, timeout=60) as answer,
        file.open("wb") as target,
    ):
        if answer.url.scheme != "https":
            raise ValueError(f"{address[:200]} leads to an address that is not https.")
        answer.raise_for_status()
        total = int(answer.headers.get("content-length", 0))
        byte_count = 0
        for part in answer.iter_bytes(CHUNK):
            byte_count += len(part)
            if max(byte_count, total) > MAX_BYTES:
                raise ValueError(f"{address[:200]} has more than {MAX_BYTES:,} bytes.")
            target.write(part)
            yield Download(
                name=urlsplit(address).hostname or address,
                done=byte_count,
                total=max(total, byte_count),
            )


@contextmanager
def _one_sentence(address: str) -> Iterator[None]:
    """Turn errors of the connection into ValueError."""
    import httpx

    try:
        yield
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        raise ValueError(f"{address[:200]} answers with status {status}.") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise ValueError(
            f"{address[:200]} cannot be reached ({reason}); without a network, import a file."
        ) from None
