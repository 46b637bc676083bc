"""A zip: its pictures as bytes. Limits come first, and nothing is written anywhere."""

from __future__ import annotations

import re
import stat
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from io import FileIO
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

MAX_RATIO = 100
"""unpacked bytes for one packed byte; pictures are packed already, and reach 1.1"""
ENTRY_BYTES = 400
"""bytes of the table of contents for a file; zipfile takes about ten times as much memory"""


@dataclass(frozen=True, kw_only=True)
class ReadLimits:
    """How much is read, of a zip or a folder; bombs are refused whatever these say."""

    max_entries: int
    max_bytes: int
    """bytes of a zip, and of all that it says it would unpack to"""
    max_file_bytes: int
    """bytes of one unpacked file"""
    follow_links: bool
    """whether links are followed, out of the folder too"""


UNTRUSTED = ReadLimits(
    max_entries=20_000, max_bytes=500 * 10**6, max_file_bytes=64 * 10**6, follow_links=False
)
"""of what a visitor brings"""
TRUSTED = ReadLimits(
    max_entries=20 * 10**6, max_bytes=10**15, max_file_bytes=10**9, follow_links=True
)
"""of what lies on one's own disk; one file at a time is in memory"""
CHUNK_BYTES = 1 << 20
ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst")
JUNK = (".DS_Store", "Thumbs.db", "desktop.ini")
ZIP_ERRORS = (
    *(BadZipFile, OSError, EOFError, RuntimeError, ValueError),
    *(LookupError, OverflowError, struct.error, zlib.error),
)
"""what zipfile raises over a file that makes no sense"""


class Member(NamedTuple):
    """A file from an archive, in memory."""

    name: str
    """harmless: without folders"""
    content: bytes


def read(
    path: Path,
    endings: Sequence[str],
    limits: ReadLimits = UNTRUSTED,
    part: Callable[[int], range] | None = None,
) -> Iterator[Member | str]:
    """The files with such endings by name, and one sentence for each file that is passed over.

    With a `part` only those are read whose places in that order it gives, of so many. Raises
    ValueError with one sentence, before anything is unpacked, if the archive is refused.
    """
    name = safe_name(path.name)
    with ExitStack() as stack:
        try:
            size = path.stat().st_size
            file = stack.enter_context(_BoundedFile(path, ENTRY_BYTES * limits.max_entries))
            archive = stack.enter_context(ZipFile(file))
        except ZIP_ERRORS:
            raise ValueError(f"{name} is not a zip that can be read.") from None
        if reason := _refusal(size, archive.infolist(), limits):
            raise ValueError(f"{name} {reason}.")
        said = [
            (e, _name_problem(e, endings) or _packing_problem(e, limits.max_file_bytes))
            for e in _sorted_entries(archive)
        ]
        good = [entry for entry, reason in said if not reason]
        chosen = {id(good[i]) for i in (part(len(good)) if part else range(len(good)))}
        for entry, reason in said:
            if reason:
                yield f"{safe_name(entry.filename)} {reason}."
            elif id(entry) in chosen:
                yield _read(archive, entry)


def _sorted_entries(archive: ZipFile) -> list[ZipInfo]:
    """All but folders and what systems leave behind, by name."""
    entries = sorted(archive.infolist(), key=lambda entry: entry.filename)
    # Not is_dir(), which fails on an entry without a name.
    return [e for e in entries if not (e.filename.endswith("/") or is_junk(e.filename))]


def safe_name(name: str) -> str:
    """A stranger's file name without its folders, control characters and excess of length."""
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    shown = "".join(c if c.isprintable() else "?" for c in last) or "a file without a name"
    return shown if len(shown) <= 60 else f"{shown[:40]}…{shown[-19:]}"


def is_junk(name: str) -> bool:
    """Whether a file is one that systems leave behind by themselves."""
    *folders, last = name.split("/")
    return "__MACOSX" in folders or last in JUNK or last.startswith("._")


class _BoundedFile(FileIO):
    """A file of which zipfile cannot read more than a table of contents' worth at once.

    It reads the table in one go, as long as the file says it is, and makes an object of each row.
    """

    def __init__(self, path: Path, most: int) -> None:
        super().__init__(path)
        self._most = most

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > self._most:
            raise BadZipFile("too long a table of contents")
        return super().read(-1 if size is None else size)


def _refusal(size: int, entries: Sequence[ZipInfo], limits: ReadLimits) -> str:
    """Why an archive of so many bytes is not read at all; empty if it is."""
    unpacked = sum(entry.file_size for entry in entries)
    most = f"at most {limits.max_bytes // 10**6:,} MB are read from one zip"
    if size > limits.max_bytes:
        return f"has {size // 10**6:,} MB; {most}"
    if len(entries) > limits.max_entries:
        return f"holds {len(entries):,} files; at most {limits.max_entries:,} are read from one zip"
    if unpacked > MAX_RATIO * size:
        return f"would grow {unpacked // size:,}-fold when unpacked, as no pictures do"
    if unpacked > limits.max_bytes:
        return f"would unpack to {unpacked // 10**6:,} MB; {most}"
    if _entries_overlap(entries):
        return "packs several files into the same bytes, as no honest zip does"
    return ""


def _entries_overlap(entries: Sequence[ZipInfo]) -> bool:
    """Whether bytes belong to two files (Fifield, "A better zip bomb", 2019)."""
    header = 30  # bytes, and the name after them
    spans = sorted(
        (e.header_offset, e.header_offset + header + len(e.orig_filename) + e.compress_size)
        for e in entries
    )
    return any(end > start for (_, end), (start, _) in pairwise(spans))


def _name_problem(entry: ZipInfo, endings: Sequence[str]) -> str:
    """Why a file is passed over for what it is; empty if it is not."""
    name = entry.filename.replace("\\", "/")
    ending = PurePosixPath(name).suffix.lower()
    if re.match(r"/|[A-Za-z]:|(.*/)?\.\.(/|$)", name, re.DOTALL):
        return "has a path that leaves its folder"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "is a symbolic link"
    if ending in ARCHIVES and ending not in endings:
        return "is an archive within the archive"
    if ending not in endings:
        return f"does not end in {', '.join(endings)}"
    return ""


def _packing_problem(entry: ZipInfo, most: int) -> str:
    """Why a file is passed over for how it is packed; empty if it is not."""
    if entry.flag_bits & 1:
        return "is encrypted"
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return "is packed in an unusual way"  # and zipfile unpacks those without a limit
    if entry.file_size > most:
        return f"has {entry.file_size // 10**6:,} MB; at most {most // 10**6:,} are read"
    if entry.file_size > MAX_RATIO * entry.compress_size:
        return "would grow more than a hundredfold when unpacked, as no picture does"
    return ""


def _read(archive: ZipFile, entry: ZipInfo) -> Member | str:
    """Unpack a file in memory; no more of it than its header says, which was checked."""
    name, content = safe_name(entry.filename), bytearray()
    try:
        with archive.open(entry) as stream:
            while piece := stream.read(
                CHUNK_BYTES
            ):  # all at once, zipfile would unpack beyond the end
                content += piece
    except ZIP_ERRORS:
        return f"{name} is damaged: the zip does not hold what it says."
    return Member(name, bytes(content))
