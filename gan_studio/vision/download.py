"""Download of single tensors of a safetensors file on the Hub.

A safetensors file begins with the length of its header in eight bytes, then the header, JSON with
the position of each tensor. So a few range requests read some tensors and not the others.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch
from platformdirs import user_cache_path
from torch import Tensor

from gan_studio.core.events import Download

CHUNK = 4 << 20
"""bytes of one request, small enough to be repeated when a connection breaks"""
MAX_HEADER = 1_000_000
"""bytes; the header of a network of a thousand tensors has a tenth of that"""
DTYPES = {"F32": torch.float32, "F16": torch.float16}


@dataclass(frozen=True, kw_only=True)
class HubFile:
    """A safetensors file in a repository on the Hub."""

    repo: str
    file: str
    revision: str
    """the commit"""
    sha256: str
    """of the whole file, which the Hub sends as its ETag"""

    @property
    def url(self) -> str:
        """Address of the file; HF_ENDPOINT names another Hub."""
        from huggingface_hub import hf_hub_url

        endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or None
        return hf_hub_url(self.repo, self.file, revision=self.revision, endpoint=endpoint)


@dataclass(frozen=True)
class TensorSpan:
    """Position of a tensor in its file, in bytes."""

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype
    start: int
    end: int


def models_dir() -> Path:
    """Folder of downloaded weights: GAN_STUDIO_MODELS, or the user's cache."""
    return Path(os.environ.get("GAN_STUDIO_MODELS") or user_cache_path("gan-studio") / "models")


def fetch(
    source: HubFile, shapes: Mapping[str, tuple[int, ...]], retry_wait: float = 1.0
) -> Generator[Download, None, tuple[dict[str, Tensor], str]]:
    """Read the tensors named in `shapes` from the Hub; returns them in float32, and the ETag.

    An incomplete part is requested up to five more times; `retry_wait` is the first wait in
    seconds. ValueError, with the end of a sentence, if the tensors cannot be downloaded.
    """
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
    from huggingface_hub.utils import httpx

    url = source.url
    try:
        etag = check_hash(source)  # not retried, so that it fails at once without a network
        places = sorted(find_spans(url, shapes, retry_wait), key=lambda place: place.start)
        body, total = bytearray(), sum(place.end - place.start for place in places)
        yield Download(name=source.repo, done=0, total=total)
        for start, end in request_ranges(places):
            body += read_range(url, start, end, retry_wait)
            yield Download(name=source.repo, done=len(body), total=total)
    except OfflineModeIsEnabled:
        raise ValueError("the Hub cannot be reached, as HF_HUB_OFFLINE is set") from None
    except HfHubHTTPError as error:
        raise ValueError(f"{url} answers with status {error.response.status_code}") from None
    except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
        raise ValueError(f"the Hub cannot be reached at {url} ({error})") from None
    tensors, at = {}, 0
    for place in places:
        end = at + place.end - place.start
        values = torch.frombuffer(body[at:end], dtype=place.dtype)
        tensors[place.name] = values.view(place.shape).float()
        at = end
    return tensors, etag


def check_hash(source: HubFile) -> str:
    """The ETag of a file: its SHA-256 on the Hub, perhaps something else on a mirror."""
    from huggingface_hub import get_hf_file_metadata

    etag = get_hf_file_metadata(source.url).etag or ""
    if re.fullmatch("[0-9a-f]{64}", etag) and etag != source.sha256:
        raise ValueError(
            f"{source.url} has the SHA-256 {etag[:8]}… and should have {source.sha256[:8]}…"
        )
    return etag


def find_spans(
    url: str, shapes: Mapping[str, tuple[int, ...]], retry_wait: float
) -> list[TensorSpan]:
    """Positions of the tensors, from the header of the file, which is untrusted."""
    length = header_length(url)
    if length > MAX_HEADER:
        raise ValueError(f"{url} is no safetensors file: it claims a header of {length:,} bytes")
    text = read_range(url, 8, 8 + length, retry_wait)
    try:
        header = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"{url} is no safetensors file: its header is not JSON") from None
    return [tensor_span(url, header, name, shape, 8 + length) for name, shape in shapes.items()]


def tensor_span(url: str, header: Any, name: str, shape: tuple[int, ...], start: int) -> TensorSpan:
    """Position of one tensor; `start` is the position after the header."""
    try:
        entry = header[name]
        dtype = DTYPES[entry["dtype"]]
        begin, end = entry["data_offsets"]
        if not (
            entry["shape"] == list(shape)
            and type(begin) is type(end) is int
            and begin >= 0
            and end - begin == prod(shape) * dtype.itemsize
        ):
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"{url} holds no {name} of shape {shape} where it should") from None
    return TensorSpan(name, shape, dtype, start + begin, start + end)


def request_ranges(places: Iterable[TensorSpan]) -> Iterator[tuple[int, int]]:
    """Byte ranges of the requests: neighbours joined, split into at most CHUNK bytes."""
    spans: list[tuple[int, int]] = []
    for place in places:
        if spans and spans[-1][1] == place.start:
            spans[-1] = spans[-1][0], place.end
        else:
            spans.append((place.start, place.end))
    for start, end in spans:
        for at in range(start, end, CHUNK):
            yield at, min(at + CHUNK, end)


def header_length(url: str) -> int:
    """Length of the header; streamed, as a server without ranges sends the whole file."""
    from huggingface_hub.utils import hf_raise_for_status, http_stream_backoff

    # A stream that breaks cannot be retried within this context manager, hence the empty tuple.
    with http_stream_backoff(
        "GET", url, retry_on_exceptions=(), **request_arguments(0, 8)
    ) as response:
        hf_raise_for_status(response)
        if response.status_code != 206:
            raise ValueError(f"{url} comes as a whole only: its server gives no parts of files")
        return int.from_bytes(next(response.iter_raw(8), b""), "little")


def read_range(url: str, start: int, end: int, retry_wait: float) -> bytes:
    """The bytes from `start` up to `end`; the request is repeated if it fails."""
    from huggingface_hub.utils import hf_raise_for_status, http_backoff

    response = http_backoff("GET", url, base_wait_time=retry_wait, **request_arguments(start, end))
    hf_raise_for_status(response)
    if response.status_code != 206 or len(response.content) != end - start:
        raise ValueError(f"{url} gives {len(response.content):,} bytes instead of {end - start:,}")
    return response.content


def request_arguments(start: int, end: int) -> dict[str, Any]:
    """Arguments of a range request."""
    from huggingface_hub import constants
    from huggingface_hub.utils import build_hf_headers

    headers = build_hf_headers(library_name="gan-studio")
    headers |= {"Range": f"bytes={start}-{end - 1}", "Accept-Encoding": "identity"}
    return {"headers": headers, "timeout": constants.HF_HUB_DOWNLOAD_TIMEOUT}
