"""Download faces from a data set on the Hub, as CelebA's original host often refuses.

The images are files, as in ImageFolder, or bytes in parquet tables. Only these and a table of
attributes are downloaded; no code of a repository is run. Images are decoded later, within the
limits for untrusted files.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from gan_studio.datasets import celeba
from gan_studio.datasets.celeba import ATTRIBUTES
from gan_studio.datasets.zips import UNTRUSTED, safe_name
from gan_studio.images import files as image_files
from gan_studio.models.hub.address import Address
from gan_studio.models.hub.client import client
from gan_studio.models.hub.errors import translate_errors

if TYPE_CHECKING:
    from huggingface_hub import HfApi

MAX_PICTURES = 20_000
"""images that are downloaded"""
MAX_BYTES = 2 * 10**9
"""bytes of the downloaded files"""
BATCH_ROWS = 64
"""rows of a parquet table in memory at a time"""
MAX_GROUP_BYTES = 10**9
"""largest row group in bytes, as parquet is read by groups"""


def fetch(name: str, root: Path, token: str | None = None) -> int:
    """Download the faces of `user/repo[@revision]` into a data folder; returns their number.

    They are stored in torchvision's layout of CelebA, completely or not at all. ValueError if they
    are not available, or the folder exists.
    """
    address, target = Address.of(name), root / "celeba"
    if target.exists():
        raise ValueError(f"There is something at {target} already; remove it first.")
    draft = root / f".celeba-{os.getpid()}"
    faces_folder = draft / Path(celeba.ALIGNED_FOLDER).name
    try:
        faces_folder.mkdir(parents=True)
        with translate_errors(address, "data set"):
            _download(address, faces_folder, token)
        count = len(celeba.face_files(faces_folder))
        if count < celeba.MIN_FACES:
            raise ValueError(f"{address} holds {count} pictures; a data set takes more.")
        draft.replace(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return count


def _download(address: Address, folder: Path, token: str | None) -> None:
    api = client(token)
    info = api.dataset_info(address.repo, revision=address.revision, files_metadata=True)
    sizes = {
        file.rfilename: file.size or 0
        for file in info.siblings or ()
        if ".." not in file.rfilename and not file.rfilename.startswith("/")
    }
    address = Address(address.repo, info.sha or address.revision)
    endings = {name: PurePosixPath(name).suffix.lower() for name in sizes}
    loose = [name for name, ending in endings.items() if ending in image_files.ENDINGS]
    tables = [name for name, ending in endings.items() if ending == ".parquet"]
    if loose:
        _copy_files(api, address, {name: sizes[name] for name in loose}, folder)
    elif tables:
        _require_parquet(f"{tables[0]} of {address.repo}")
        tables.sort(key=lambda name: ("train" not in name, name))
        _copy_tables(api, address, {name: sizes[name] for name in tables}, folder)
    else:
        raise ValueError(f"{address.repo} holds neither PNG, JPEG or WebP pictures nor parquet.")


def _copy_files(api: HfApi, address: Address, sizes: Mapping[str, int], folder: Path) -> None:
    """Download image files and the table of attributes beside them."""
    total = sum(sizes.values())
    if len(sizes) > MAX_PICTURES or total > MAX_BYTES:
        raise ValueError(
            f"{address.repo} has {len(sizes):,} loose pictures of {total // 10**6:,} MB; at most "
            f"{MAX_PICTURES:,} of {MAX_BYTES // 10**6:,} MB are fetched one by one."
        )
    patterns = [*{f"*{PurePosixPath(name).suffix}" for name in sizes}, *celeba.ATTRIBUTE_TABLES]
    patterns += [f"*/{table}" for table in celeba.ATTRIBUTE_TABLES]
    place = Path(
        api.snapshot_download(
            address.repo, repo_type="dataset", revision=address.revision, allow_patterns=patterns
        )
    )
    target_names = [safe_name(name) for name in sizes]
    if len(set(target_names)) < len(
        target_names
    ):  # folders for classes, with the same names in each
        target_names = [f"{i:06}{PurePosixPath(name).suffix}" for i, name in enumerate(sizes)]
    for name, target_name in zip(sizes, target_names, strict=True):
        shutil.copyfile(place / name, folder / target_name)
    for table in celeba.ATTRIBUTE_TABLES:
        for path in place.rglob(table):
            shutil.copyfile(path, folder.parent / table)


def _copy_tables(api: HfApi, address: Address, sizes: Mapping[str, int], folder: Path) -> None:
    """Download parquet tables and extract their images, up to MAX_PICTURES."""
    rows: list[list[int]] = []
    count, total_bytes = 0, 0
    for name, size in sizes.items():
        total_bytes += size
        if count == MAX_PICTURES or (count and total_bytes > MAX_BYTES):
            break
        if size > MAX_BYTES:
            raise ValueError(f"{name} of {address.repo} has {size // 10**6:,} MB, too many.")
        path = api.hf_hub_download(
            address.repo, name, repo_type="dataset", revision=address.revision
        )
        for content, attributes in _rows(Path(path), f"{name} of {address.repo}"):
            if count == MAX_PICTURES:
                break
            count += 1
            # Images are identified by their first bytes, not by the ending.
            (folder / f"{count:06}.jpg").write_bytes(content)
            rows.append([count, *attributes])
    if rows and all(len(row) == 1 + len(ATTRIBUTES) for row in rows):
        with (folder.parent / celeba.ATTRIBUTE_TABLES[0]).open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["file", *ATTRIBUTES])
            table.writerows([f"{i:06}.jpg", *values] for i, *values in rows)


def _require_parquet(title: str) -> None:
    """ValueError without pyarrow, before gigabytes are downloaded."""
    if not find_spec("pyarrow"):
        raise ValueError(f"{title} is parquet, which takes `pip install pyarrow` to read.")


def _rows(path: Path, title: str) -> Iterator[tuple[bytes, list[int]]]:
    """The images of a table, with attributes if it has a column for all forty."""
    import pyarrow  # pyright: ignore[reportMissingImports]  # it may be absent
    from pyarrow import parquet  # pyright: ignore[reportMissingImports]

    try:
        with parquet.ParquetFile(path) as file:
            groups = (file.metadata.row_group(i) for i in range(file.metadata.num_row_groups))
            if any(group.total_byte_size > MAX_GROUP_BYTES for group in groups):
                raise ValueError(f"{title} has too large groups of rows to be read.")
            picture = _image_column(file.schema_arrow, title)
            has_attributes = set(ATTRIBUTES) <= set(file.schema_arrow.names)
            columns = [picture, *(ATTRIBUTES if has_attributes else ())]
            for batch in file.iter_batches(BATCH_ROWS, columns=columns):
                for row in batch.to_pylist():
                    if content := _content(row[picture]):
                        yield content, [int(row[name] == 1) for name in columns[1:]]
    except (pyarrow.ArrowException, OSError):
        raise ValueError(f"{title} is damaged: it cannot be read as parquet.") from None


def _image_column(schema: Any, title: str) -> str:
    """The image column: bytes, or a struct of bytes and a path, as the Hub writes them."""
    from pyarrow import types  # pyright: ignore[reportMissingImports]

    for field in schema:
        if types.is_binary(field.type) or types.is_large_binary(field.type):
            return field.name
        if types.is_struct(field.type) and field.type.get_field_index("bytes") >= 0:
            return field.name
    raise ValueError(f"{title} has no column of pictures.")


def _content(cell: Any) -> bytes | None:
    content = cell["bytes"] if isinstance(cell, dict) else cell
    return (
        content if isinstance(content, bytes) and len(content) <= UNTRUSTED.max_file_bytes else None
    )
