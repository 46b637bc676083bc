"""Safe reading of zips: limits are checked first, and nothing is written to disk."""

from __future__ import annotations

import re
import stat
import struct
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import FileIO
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

MAX_RATIO = 100
"""largest compression ratio; images are compressed already and reach 1.1"""
ENTRY_BYTES = 400
"""bytes per file in the central directory; zipfile takes about ten times as much memory"""


@dataclass(frozen=True, kw_only=True)
class ReadLimits:
    """Limits for reading a zip or a folder; zip bombs are always refused."""

    max_entries: int
    max_bytes: int
    """bytes of a zip, packed and unpacked"""
    max_file_bytes: int
    """bytes of one unpacked file"""
    follow_links: bool
    """whether links are followed, even out of the folder"""


UNTRUSTED = ReadLimits(
    max_entries=20_000, max_bytes=500 * 10**6, max_file_bytes=64 * 10**6, follow_links=False
)
"""for uploads"""
TRUSTED = ReadLimits(
    max_entries=20 * 10**6, max_bytes=10**15, max_file_bytes=10**9, follow_links=True
)
"""for the user's own disk; one file at a time is in memory"""
CHUNK_BYTES = 1 << 20
ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst")
JUNK = (".DS_Store", "Thumbs.db", "desktop.ini")
ZIP_ERRORS = (
    *(BadZipFile, OSError, EOFError, RuntimeError, ValueError),
    *(LookupError, OverflowError, struct.error, zlib.error),
)
"""errors that zipfile raises for damaged files"""


class Member(NamedTuple):
    """A file from an archive, in memory."""

    name: str
    """safe name without folders"""
    content: bytes


def read(
    path: Path,
    endings: Sequence[str],
    limits: ReadLimits = UNTRUSTED,
    part: Callable[[int], range] | None = None,
    within: Collection[str] = (),
) -> Iterator[Member | str]:
    """The files with these endings sorted by name, and one sentence for each skipped file.

    `part` maps the number of files to the indices of those to read; `within` are names of folders,
    outside of which nothing is read. ValueError, before anything is unpacked, if the archive is
    refused.
    """
    with _open_zip(path, limits) as archive:
        entries = [e for e in _sorted_entries(archive) if not within or {*within} & _folders(e)]
        checks = [(e, _problem(e, endings, limits)) for e in entries]
        good = [entry for entry, reason in checks if not reason]
        selected_ids = {id(good[i]) for i in (part(len(good)) if part else range(len(good)))}
        for entry, reason in checks:
            if reason:
                yield f"{safe_name(entry.filename)} {reason}."
            elif id(entry) in selected_ids:
                yield _unpack(archive, entry)


def folder_names(path: Path, limits: ReadLimits = UNTRUSTED) -> set[str]:
    """The names of all folders in an archive; ValueError if it is refused."""
    with _open_zip(path, limits) as archive:
        return set().union(*map(_folders, _sorted_entries(archive)))


class Archive:
    """A zip whose files are read by their full names."""

    def __init__(self, archive: ZipFile, limits: ReadLimits) -> None:
        self._archive, self._limits = archive, limits
        self._entries = {
            e.filename.replace("\\", "/").removeprefix("./"): e for e in _sorted_entries(archive)
        }

    def names(self) -> list[str]:
        """The names of all files with their folders, sorted."""
        return [*self._entries]

    def read(self, name: str, endings: Sequence[str]) -> Member | str:
        """A file of one of these endings, or a sentence why it cannot be read."""
        entry = self._entries.get(str(PurePosixPath(name)))
        if entry is None:
            return f"{safe_name(name)} is not there."
        if reason := _problem(entry, endings, self._limits):
            return f"{safe_name(name)} {reason}."
        return _unpack(self._archive, entry)


@contextmanager
def open_archive(path: Path, limits: ReadLimits = UNTRUSTED) -> Iterator[Archive]:
    """A zip while it is open; ValueError if it is refused."""
    with _open_zip(path, limits) as archive:
        yield Archive(archive, limits)


@contextmanager
def _open_zip(path: Path, limits: ReadLimits) -> Iterator[ZipFile]:
    """An archive whose limits are checked; ValueError if it is refused."""
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
        yield archive


def _folders(entry: ZipInfo) -> set[str]:
    return {*entry.filename.replace("\\", "/").split("/")[:-1]}


def _sorted_entries(archive: ZipFile) -> list[ZipInfo]:
    """All files sorted by name, without folders and system files."""
    entries = sorted(archive.infolist(), key=lambda entry: entry.filename)
    # Not is_dir(), which fails on an entry without a name.
    return [e for e in entries if not (e.filename.endswith("/") or is_junk(e.filename))]


def safe_name(name: str) -> str:
    """An untrusted file name without folders and control characters, shortened to 60."""
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    text = "".join(c if c.isprintable() else "?" for c in last) or "a file without a name"
    return text if len(text) <= 60 else f"{text[:40]}…{text[-19:]}"


def is_junk(name: str) -> bool:
    """Whether an operating system created the file by itself."""
    *folders, last = name.split("/")
    return "__MACOSX" in folders or last in JUNK or last.startswith("._")


class _BoundedFile(FileIO):
    """A file that limits the size of a single read.

    zipfile reads the central directory in one go, of whatever length the file claims, and creates
    an object for each entry.
    """

    def __init__(self, path: Path, most: int) -> None:
        super().__init__(path)
        self._most = most

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > self._most:
            raise BadZipFile("the central directory is too long")
        return super().read(-1 if size is None else size)


def _refusal(size: int, entries: Sequence[ZipInfo], limits: ReadLimits) -> str:
    """The reason why an archive of `size` bytes is refused; empty if it is not."""
    unpacked_size = sum(entry.file_size for entry in entries)
    most = f"at most {limits.max_bytes // 10**6:,} MB are read from one zip"
    if size > limits.max_bytes:
        return f"has {size // 10**6:,} MB; {most}"
    if len(entries) > limits.max_entries:
        return f"holds {len(entries):,} files; at most {limits.max_entries:,} are read from one zip"
    if unpacked_size > MAX_RATIO * size:
        return f"would grow {unpacked_size // size:,}-fold when unpacked, as no pictures do"
    if unpacked_size > limits.max_bytes:
        return f"would unpack to {unpacked_size // 10**6:,} MB; {most}"
    if _entries_overlap(entries):
        return "packs several files into the same bytes, as no honest zip does"
    return ""


def _entries_overlap(entries: Sequence[ZipInfo]) -> bool:
    """Whether files share packed bytes (Fifield, "A better zip bomb", 2019)."""
    header = 30  # bytes, and the name after them
    spans = sorted(
        (e.header_offset, e.header_offset + header + len(e.orig_filename) + e.compress_size)
        for e in entries
    )
    return any(end > start for (_, end), (start, _) in pairwise(spans))


def _problem(entry: ZipInfo, endings: Sequence[str], limits: ReadLimits) -> str:
    """The reason to skip a file; empty if there is none."""
    return _name_problem(entry, endings) or _packing_problem(entry, limits.max_file_bytes)


def _name_problem(entry: ZipInfo, endings: Sequence[str]) -> str:
    """The reason to skip a file because of its name or type; empty if there is none."""
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
    """The reason to skip a file because of its compression or size; empty if there is none."""
    if entry.flag_bits & 1:
        return "is encrypted"
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return "is packed in an unusual way"  # zipfile has no limit for these
    if entry.file_size > most:
        return f"has {entry.file_size // 10**6:,} MB; at most {most // 10**6:,} are read"
    if entry.file_size > MAX_RATIO * entry.compress_size:
        return "would grow more than a hundredfold when unpacked, as no picture does"
    return ""


def _unpack(archive: ZipFile, entry: ZipInfo) -> Member | str:
    """Unpack a file in memory, at most to the size in its header, which was checked."""
    name, content = safe_name(entry.filename), bytearray()
    try:
        with archive.open(entry) as stream:
            while piece := stream.read(
                CHUNK_BYTES
            ):  # a read without a size would unpack beyond the end
                content += piece
    except ZIP_ERRORS:
        return f"{name} is damaged: the zip does not hold what it says."
    return Member(name, bytes(content))
