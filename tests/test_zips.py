"""Zips by strangers, some of whom mean harm."""

import re
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZipFile, ZipInfo

import pytest
from mentions import mentions

from gan_studio.datasets.zips import TRUSTED, UNTRUSTED, Member, ReadLimits, read, safe_name

ENDINGS = (".png", ".jpg")


def packed(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with ZipFile(path, "w", method) as z:
        for name, content in files.items():
            z.writestr(ZipInfo(name), content, method)
    return path


@contextmanager
def memory_below(most: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


def sentences(path: Path, limits: ReadLimits = UNTRUSTED) -> list[str]:
    return [found for found in read(path, ENDINGS, limits) if isinstance(found, str)]


def patched(path: Path, signature: bytes, offset: int, field: str, value: int) -> Path:
    """Another number in each record of that signature."""
    content = bytearray(path.read_bytes())
    at = content.find(signature)
    while at >= 0:
        struct.pack_into(field, content, at + offset, value)
        at = content.find(signature, at + 4)
    path.write_bytes(content)
    return path


def test_files_come_by_name_and_without_their_folders(tmp_path):
    path = packed(tmp_path / "a.zip", {"b/two.png": b"2", "a/one.JPG": b"1", "b/": b""})
    assert list(read(path, ENDINGS)) == [Member("one.JPG", b"1"), Member("two.png", b"2")]


def test_what_systems_leave_behind_is_passed_over_in_silence(tmp_path):
    left = ("__MACOSX/x/._a.png", "x/.DS_Store", "x/Thumbs.db", "x/._a.png", "desktop.ini")
    assert list(read(packed(tmp_path / "a.zip", dict.fromkeys(left, b"1")), ENDINGS)) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../a.png", "a.png"),
        ("x/../../a.png", "a.png"),
        ("/etc/a.png", "a.png"),
        ("C:\\Windows\\a.png", "a.png"),
        ("c:a.png", "c:a.png"),
        ("\\\\server\\share\\a.png", "a.png"),
        ("..\\a.png", "a.png"),
        ("x/..", ".."),
    ],
)
def test_a_path_that_leaves_its_folder_is_not_followed(tmp_path, name, shown):
    (tmp_path / "deep").mkdir()
    path = packed(tmp_path / "deep/a.zip", {name: b"1"})
    assert sentences(path) == [f"{shown} has a path that leaves its folder."]
    assert list(tmp_path.rglob("*")) == [tmp_path / "deep", path]


@pytest.mark.parametrize("name", ["a..b.png", "...png", "x/..a/b.png", "at 10:30.png"])
def test_two_points_in_a_name_are_no_harm(tmp_path, name):
    assert sentences(packed(tmp_path / "a.zip", {name: b"1"})) == []


def test_links_archives_and_what_is_no_picture_are_named(tmp_path):
    path = packed(tmp_path / "a.zip", {"b.zip": b"", "c.tar.gz": b"", "d.txt": b"", "e": b""})
    link = ZipInfo("a.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with ZipFile(path, "a") as z:
        z.writestr(link, "/etc/passwd")
    assert sentences(path) == [
        "a.png is a symbolic link.",
        "b.zip is an archive within the archive.",
        "c.tar.gz is an archive within the archive.",
        "d.txt does not end in .png, .jpg.",
        "e does not end in .png, .jpg.",
    ]


def test_an_encrypted_file_is_named(tmp_path):
    path = packed(tmp_path / "a.zip", {"a.png": b"1"})
    assert sentences(patched(path, b"PK\1\2", 8, "<H", 1)) == ["a.png is encrypted."]


@pytest.mark.parametrize("method", [ZIP_BZIP2, ZIP_LZMA])
def test_only_what_is_unpacked_piece_by_piece_is_unpacked(tmp_path, method):
    path = packed(tmp_path / "a.zip", {"a.png": b"1" * 100}, method)
    assert len(sentences(path)) == 1
    assert sentences(path)[0].startswith("a.png ")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = packed(tmp_path / "bomb.zip", {"a.png": bytes(60_000_000)}, ZIP_DEFLATED)
    refused = pytest.raises(ValueError, match=r"bomb\.zip .*1,0\d\d")
    with memory_below(2_000_000), refused:
        sentences(path)


def test_a_small_bomb_among_pictures_is_named(tmp_path):
    files = {"a.png": bytes(range(256)) * 400, "b.png": bytes(100_000)}
    path = packed(tmp_path / "a.zip", {"a.png": files["a.png"]})
    with ZipFile(path, "a", ZIP_DEFLATED) as z:
        z.writestr("b.png", files["b.png"])
    first, second = read(path, ENDINGS)
    assert first == Member("a.png", files["a.png"])
    assert isinstance(second, str)
    assert second.startswith("b.png ")


def test_a_header_that_lies_about_the_size_buys_no_memory(tmp_path):
    """It says a thousand bytes; there are a hundred million."""
    path = packed(tmp_path / "a.zip", {"a.png": bytes(100_000_000)}, ZIP_DEFLATED)
    patched(path, b"PK\1\2", 24, "<I", 1000)
    with memory_below(8_000_000):
        (sentence,) = sentences(path)
    assert sentence.startswith("a.png ")


def test_a_header_that_promises_too_much_is_harmless(tmp_path):
    path = packed(tmp_path / "a.zip", {"a.png": b"1" * 100})
    patched(path, b"PK\1\2", 24, "<I", 5000)
    assert list(read(path, ENDINGS)) == [Member("a.png", b"1" * 100)]


def test_files_that_share_their_bytes_are_refused(tmp_path):
    """A second row in the table of contents that points at the first one's bytes."""
    path = packed(tmp_path / "a.zip", {"a.png": b"1" * 100, "b.png": b"1" * 100})
    patched(path, b"PK\1\2", 42, "<I", 0)
    with pytest.raises(ValueError, match=mentions("a.zip")):
        sentences(path)


def test_too_many_files_are_refused(tmp_path):
    path = packed(tmp_path / "a.zip", {f"{i}.png": b"" for i in range(20_001)})
    with pytest.raises(ValueError, match=mentions("a.zip 20,001 20,000")):
        sentences(path)


def test_a_table_of_contents_that_is_too_long_is_not_read(tmp_path):
    """Two hundred thousand rows, of which the end of the file says there are none."""
    row = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, *[0] * 14) + b"a"
    rows = row.replace(b"\0" * 18 + b"a", b"\1\0" + b"\0" * 16 + b"a") * 200_000
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0, 0, len(rows), 0, 0)
    (tmp_path / "a.zip").write_bytes(rows + end)
    refused = pytest.raises(ValueError, match=mentions("a.zip"))
    with memory_below(2_000_000), refused:
        sentences(tmp_path / "a.zip")


def test_four_gigabytes_are_refused_unread(tmp_path):
    packed(tmp_path / "small.zip", {"a.png": b"1"})
    with (tmp_path / "a.zip").open("wb") as file:
        file.seek(4 * 10**9)  # a hole: it takes no room on the disk
        file.write((tmp_path / "small.zip").read_bytes())
    with pytest.raises(ValueError, match=mentions("a.zip 4,000 500")):
        sentences(tmp_path / "a.zip")


def test_a_zip_that_would_unpack_to_too_much_is_refused(tmp_path):
    limits = replace(UNTRUSTED, max_bytes=2_000_000)
    repeated = bytes(range(256)) * 4  # which deflate packs to about a twentieth
    path = packed(tmp_path / "a.zip", {f"{i}.png": repeated for i in range(3000)}, ZIP_DEFLATED)
    assert path.stat().st_size < 2_000_000
    with pytest.raises(ValueError, match=mentions("a.zip 3 2")):
        sentences(path, limits)


def test_one_huge_file_is_named(tmp_path):
    limits = replace(UNTRUSTED, max_file_bytes=2_000_000)
    path = packed(tmp_path / "a.zip", {"a.png": bytes(3_000_000), "b.png": b"1"})
    (sentence,) = sentences(path, limits)
    assert re.match(mentions("a.png 3 2"), sentence)


@pytest.mark.parametrize(
    "content", [b"", b"no zip", b"PK\3\4" + bytes(100), b"PK\5\6" + b"\xff" * 18]
)
def test_what_is_no_zip_is_refused_with_a_sentence(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(ValueError, match=mentions("a.zip")):
        sentences(tmp_path / "a.zip")
    with pytest.raises(ValueError, match=mentions("missing.zip")):
        sentences(tmp_path / "missing.zip")


def test_wherever_a_bit_is_wrong_nothing_but_a_sentence_comes_of_it(tmp_path):
    files = {"a.png": b"one" * 20, "b.jpg": b"two" * 20}
    good = packed(tmp_path / "good.zip", files, ZIP_DEFLATED).read_bytes()
    bad = tmp_path / "bad.zip"
    for i in range(8 * len(good)):
        content = bytearray(good)
        content[i // 8] ^= 1 << i % 8
        bad.write_bytes(content)
        try:
            found = list(read(bad, ENDINGS))
        except ValueError as error:
            assert str(error).startswith("bad.zip ")  # noqa: PT017
        else:
            assert all(f.content in files.values() for f in found if isinstance(f, Member))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a/b\\c.png", "c.png"),
        ("a\nb\x1b[31m.png", "a?b?[31m.png"),
        ("cod\u202egnp.exe", "cod?gnp.exe"),
        ("", "a file without a name"),
        ("///", "a file without a name"),
        ("x" * 300 + ".png", "x" * 40 + "…" + "x" * 15 + ".png"),
    ],
)
def test_a_strangers_file_name_becomes_harmless(name, shown):
    assert safe_name(name) == shown


def test_an_owners_zip_may_hold_more_files_than_a_strangers(tmp_path):
    count = UNTRUSTED.max_entries + 1
    path = packed(tmp_path / "a.zip", {f"{i:06}.png": b"1" for i in range(count)})
    with pytest.raises(ValueError, match=f"{count:,}"):
        sentences(path)
    assert sum(isinstance(found, Member) for found in read(path, ENDINGS, TRUSTED)) == count


def test_an_owners_zip_may_be_larger_than_a_strangers(tmp_path):
    with ZipFile(tmp_path / "a.zip", "w") as z:
        for i in range(9):
            z.writestr(f"{i}.png", bytes([i]) * (UNTRUSTED.max_file_bytes + 1))
    with pytest.raises(ValueError, match="MB"):
        sentences(tmp_path / "a.zip")
    found = (f for f in read(tmp_path / "a.zip", ENDINGS, TRUSTED) if isinstance(f, Member))
    assert [len(f.content) for f in found] == 9 * [UNTRUSTED.max_file_bytes + 1]


def test_a_bomb_is_refused_of_an_owner_too(tmp_path):
    path = packed(tmp_path / "a.zip", {"a.png": bytes(30_000_000)}, ZIP_DEFLATED)
    with memory_below(2_000_000), pytest.raises(ValueError, match=mentions("a.zip")):
        sentences(path, TRUSTED)
    with ZipFile(tmp_path / "b.zip", "w") as z:  # and where others make up for it
        z.writestr("a.png", bytes(30_000_000), ZIP_DEFLATED)
        z.writestr("b.png", bytes(1_000_000))
    assert [s.split()[0] for s in sentences(tmp_path / "b.zip", TRUSTED)] == ["a.png"]


def test_of_a_part_nothing_else_is_unpacked(tmp_path):
    path = packed(tmp_path / "a.zip", {"x.txt": b"", **{f"{i}.png": b"%d" % i for i in range(8)}})
    found = read(path, ENDINGS, TRUSTED, lambda count: range(count - 2, count))
    assert [f.content for f in found if isinstance(f, Member)] == [b"6", b"7"]
