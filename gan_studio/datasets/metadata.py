"""Pairs by a table, metadata.csv or metadata.jsonl, as Hugging Face's image folders have them.

Columns whose names end in file_name name pictures relative to the table's folder:
https://huggingface.co/docs/datasets/image_dataset
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gan_studio.datasets import folders, zips
from gan_studio.datasets.folders import SquareImage
from gan_studio.datasets.report import DatasetReport, advise, suggest_resolution
from gan_studio.datasets.zips import Archive, Member, ReadLimits, safe_name
from gan_studio.images import convert
from gan_studio.images import files as image_files

TABLES = ("metadata.csv", "metadata.jsonl")
FILE_NAME = "file_name"
SOURCES = ("source", "input", "original", "condition", "conditioning")
TARGETS = ("target", "output", "edited")
"""names of columns of sources and of pictures, which may end in _file_name"""
TEXTS = ("text", "caption")
"""names of a column of captions"""
MAX_TABLE_BYTES = 64 * 10**6
SHAPE_TOLERANCE = 0.02
"""relative difference of width / height up to which two pictures are taken for one shape"""


class Row(NamedTuple):
    """A line of a table that names a source and its picture."""

    line: int
    source: str
    image: str


@dataclass(frozen=True)
class Table:
    """The pairs that a table names."""

    path: Path
    """the folder or zip in which it lies"""
    name: str
    """its own, in a zip with the folders before it"""
    rows: tuple[Row, ...]
    skipped: tuple[str, ...]
    """a sentence for each line that names no pair"""


class PairOfSquares(NamedTuple):
    """The central squares of a source and of its picture."""

    source: SquareImage
    image: SquareImage


def find(place: Path, limits: ReadLimits) -> Table | None:
    """The table in a folder, or nearest to the top of a zip; None where none names pairs.

    ValueError with one sentence where a table is damaged or names more than two pictures a line.
    A zip that is refused has no table; reading its pictures reports the reason.
    """
    if place.is_dir():
        table = _folder_table(place)
    elif place.suffix.lower() == ".zip" and place.is_file():
        with ExitStack() as stack:
            try:
                archive = stack.enter_context(zips.open_archive(place, limits))
            except ValueError:
                return None
            table = _zip_table(archive)
    else:
        return None
    return parse(place, *table) if table else None


def parse(place: Path, name: str, content: bytes) -> Table | None:
    """The table in the bytes of a file; None where it does not name two pictures a line."""
    own = name.rpartition("/")[2]
    lines = _lines(own, content)
    columns = file_columns(own, [*next((row for _, row in lines if row), {})])
    if columns is None:
        return None
    rows, skipped = [], []
    for line, row in lines:
        entry = _row(own, line, row, columns)
        (skipped if isinstance(entry, str) else rows).append(entry)
    return Table(place, name, tuple(rows), tuple(skipped))


def file_columns(table: str, names: Sequence[str]) -> tuple[str, str] | None:
    """The columns of sources and of pictures; None where fewer than two name files.

    Where neither is called so, the first one names the sources. ValueError where there are more
    than two and their names do not say which are meant.
    """
    stems = {n: n.removesuffix(f"_{FILE_NAME}") for n in names if isinstance(n, str)}
    columns = [n for n, s in stems.items() if n.endswith(FILE_NAME) or s in SOURCES + TARGETS]
    sources = [n for n in columns if stems[n] in SOURCES]
    targets = [n for n in columns if stems[n] in TARGETS]
    if len(sources) == len(targets) == 1:
        return sources[0], targets[0]
    if len(columns) > 2:
        raise ValueError(
            f"{table} names files in the columns {', '.join(columns)}; pairs take two, such as "
            "source_file_name and target_file_name."
        )
    if len(columns) < 2:
        return None
    first, second = columns
    return (second, first) if second in sources or first in targets else (first, second)


def read_pairs(table: Table, size: int, limits: ReadLimits) -> Iterator[PairOfSquares | str]:
    """The pairs that a table names in its order, and a sentence for each line that is left out."""
    yield from table.skipped
    own = table.name.split("/")[-1]
    with ExitStack() as stack:
        archive = None
        if not table.path.is_dir():
            archive = stack.enter_context(zips.open_archive(table.path, limits))
        for row in table.rows:
            pair = _read_row(table, row, archive, size, limits)
            yield f"{own}, line {row.line}: {pair}" if isinstance(pair, str) else pair


def import_pairs(
    table: Table, target: Path, size: int, most: int, limits: ReadLimits
) -> DatasetReport:
    """Write the central squares to folders A and B of `target`, under equal names.

    ValueError, without a `target`, if there is nothing to train on.
    """
    skipped, sizes, grey = [], list[tuple[int, int]](), True
    digests = set[bytes]()
    try:
        for side in "AB":
            (target / side).mkdir(parents=True)
        for pair in read_pairs(table, size, limits):
            if isinstance(pair, str):
                skipped.append(pair)
                continue
            if 2 * (len(sizes) // 2) + 2 > most:
                skipped.append(f"What came after the first {most:,} pictures was not looked at.")
                break
            for side, one in zip("AB", pair, strict=True):
                one.square.save(target / side / f"{len(sizes) // 2 + 1:05}.png")
            sizes += [pair.source.size, pair.image.size]
            grey &= pair.source.square.mode == pair.image.square.mode == "L"
            digests.add(pair.image.digest)
        folders.require_pictures(len(sizes) // 2, len(digests), skipped)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    sides = np.array([min(one) for one in sizes])
    by_area = sorted(sizes, key=lambda one: one[0] * one[1])
    count, resolution = len(sizes) // 2, suggest_resolution(sides)
    return DatasetReport(
        count=len(sizes),
        grey=grey,
        sizes=(by_area[0], by_area[-1]),
        skipped=tuple(skipped),
        duplicates=(),
        advice=(f"{table.name.split('/')[-1]} names {count:,} pairs.", *advise(count, 0)),
        resolution=resolution,
        smaller=int((sides < resolution).sum()),
    )


def _too_large(name: str) -> str:
    return f"{name} is larger than {MAX_TABLE_BYTES // 10**6} MB, which no table of pictures is."


def _lines(table: str, content: bytes) -> list[tuple[int, dict[str, Any] | None]]:
    """The number and the fields of each line; ValueError if the table is too large or damaged."""
    if len(content) > MAX_TABLE_BYTES:
        raise ValueError(_too_large(table))
    try:
        text = content.decode("utf-8-sig")
        return [*(_csv_lines(text) if table.endswith(".csv") else _json_lines(text))]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{table} is damaged: {str(error).rstrip('.')}.") from None


def _csv_lines(text: str) -> Iterator[tuple[int, dict[str, Any] | None]]:
    table = csv.DictReader(io.StringIO(text, newline=""))
    for row in table:
        yield table.line_num, row


def _json_lines(text: str) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """The object of each line, None for what is none."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        yield number, row if isinstance(row, dict) else None


def _row(table: str, line: int, row: dict[str, Any] | None, columns: tuple[str, str]) -> Row | str:
    """The two names in a line, or the reason why it is left out."""
    if row is None:
        return f"{table}, line {line} is no JSON object."
    names = [row.get(column) for column in columns]
    for column, name in zip(columns, names, strict=True):
        if not isinstance(name, str) or not name.strip():
            return f"{table}, line {line} names no {column}."
        if re.match(r"/|[A-Za-z]:|(.*/)?\.\.(/|$)", name.replace("\\", "/"), re.DOTALL):
            return f"{table}, line {line}: {safe_name(name)} has a path that leaves its folder."
    source, image = (str(name).strip().replace("\\", "/") for name in names)
    return Row(line, source, image)


def _read_row(
    table: Table, row: Row, archive: Archive | None, size: int, limits: ReadLimits
) -> PairOfSquares | str:
    pair = []
    for name in (row.source, row.image):
        square = folders.load_picture(
            _file(table, name, archive, limits), size, convert.center_crop
        )
        if isinstance(square, str):
            return square
        pair.append(square)
    source, image = pair
    if not of_one_shape(source.size, image.size):
        (w, h), (v, g) = source.size, image.size
        return f"{source.name} is {w}×{h} and {image.name} {v}×{g}; a pair has one shape."
    return PairOfSquares(source, image)


def of_one_shape(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two sizes are of one shape, so that their central squares show the same part."""
    (w, h), (v, g) = one, other
    return abs(w * g / (h * v) - 1) <= SHAPE_TOLERANCE


def _file(
    table: Table, name: str, archive: Archive | None, limits: ReadLimits
) -> Member | Path | str:
    """A file that a table names, or why it cannot be read."""
    if archive:
        folder = table.name.rpartition("/")[0]
        return archive.read(f"{folder}/{name}" if folder else name, image_files.ENDINGS)
    path = table.path / name
    if not path.exists():
        return f"{safe_name(name)} is not there."
    return folders.check_path(path, table.path, limits)


def captions(place: Path, limits: ReadLimits) -> tuple[dict[str, str], list[str]]:
    """File name -> caption, by the table of a folder or zip, and the lines that were left out.

    ValueError with one sentence where there is no table, or no column of captions.
    """
    if place.is_dir():
        table = _folder_table(place)
    else:
        with zips.open_archive(place, limits) as archive:
            table = _zip_table(archive)
    if table is None:
        raise ValueError(
            f"{safe_name(place.name)} has no captions: it takes a {TABLES[0]} or {TABLES[1]} with "
            f"the columns {FILE_NAME} and text."
        )
    name, content = table
    own = name.rpartition("/")[2]
    lines = _lines(own, content)
    rows = [row for _, row in lines if row]
    column = next((c for c in TEXTS if rows and c in rows[0]), None)
    if column is None or FILE_NAME not in rows[0]:
        raise ValueError(f"{own} has no captions: it takes the columns {FILE_NAME} and text.")
    texts = {
        str(row.get(FILE_NAME)).replace("\\", "/").rpartition("/")[2]: str(row.get(column) or "")
        for row in rows
    }
    return texts, [f"{own}, line {line} is no JSON object." for line, row in lines if row is None]


def _folder_table(folder: Path) -> tuple[str, bytes] | None:
    """Name and content of the table in a folder, if there is one; ValueError if it is too large."""
    name = next((name for name in TABLES if (folder / name).is_file()), None)
    if name is None:
        return None
    if (folder / name).stat().st_size > MAX_TABLE_BYTES:
        raise ValueError(_too_large(name))
    return name, (folder / name).read_bytes()


def _zip_table(archive: Archive) -> tuple[str, bytes] | None:
    """Name and content of the table nearest to the top of a zip; ValueError if it is refused."""
    tables = [name for name in archive.names() if name.split("/")[-1] in TABLES]
    name = min(tables, key=lambda name: (name.count("/"), name), default=None)
    if name is None:
        return None
    member = archive.read(name, (".csv", ".jsonl"))
    if isinstance(member, str):
        raise ValueError(member)
    return name, member.content
