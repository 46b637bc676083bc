"""Small files that would become large: each is refused, and memory stays within bounds."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib

import pytest
from malformed import Attacker, file
from PIL import Image
from studio_process import StudioProcess

LIMIT = 1_500_000_000


def png(width: int, height: int, mode: str = "RGB") -> bytes:
    """A picture of one colour, written row by row: megapixels in kilobytes."""
    channels, colour = {"1": (0, 0), "L": (1, 0), "RGB": (3, 2), "RGBA": (4, 6)}[mode]
    bits = 1 if mode == "1" else 8
    row = b"\0" + bytes((width + 7) // 8 if mode == "1" else channels * width)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    chunks = {b"IHDR": head, b"IDAT": data, b"IEND": b""}
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks.items()
    )


def encoded(size: int, kind: str, options: str) -> bytes:
    """A black picture, encoded by a process of its own: that takes half a gigabyte."""
    code = "import sys; from PIL import Image\n"
    code += f"Image.new('RGB', ({size}, {size})).save(sys.stdout.buffer, '{kind}', {options})"
    return subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE).stdout


def gif() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, "GIF")
    return buffer.getvalue()


REFUSED = {
    "12000 squared": lambda: png(12_000, 12_000),
    "14000 squared": lambda: png(14_000, 14_000, "1"),
    "9000 squared": lambda: png(9000, 9000),
    "a long line": lambda: png(60_000_000, 1, "1"),
    "a header alone": lambda: png(7000, 7000, "1")[:60],
    "cut off": lambda: png(3000, 3000)[:-400],
    "an animation": gif,
    "a drawing": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "a script": lambda: b"<html><script>alert(1)</script></html>",
    "a pickle": lambda: b"\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.",
    "nothing": lambda: b"",
}  # fmt: skip
LARGEST = {
    "png": lambda: png(7000, 7000),
    "transparent": lambda: png(7000, 7000, "RGBA"),
    "one bit": lambda: png(7000, 7000, "1"),
    "jpeg": lambda: encoded(7000, "JPEG", "progressive=True"),
    "webp": lambda: encoded(4900, "WEBP", "method=0"),
}


def offered(attacker: Attacker, name: str, contents: bytes) -> list[str]:
    """The answer of each endpoint that takes the file."""
    uploaded = attacker.upload(name, contents)
    if not uploaded.is_success:
        return [uploaded.text]
    given = file(uploaded.json()[0])
    stylize = [*attacker.public["stylize"]]
    stylize[0] = given
    stylize[3:5] = [32, 1]  # pixels and steps: for what is not refused
    train = [*attacker.public["train"]]
    train[2], train[5] = 1, [given]
    asked = {"restore": [given], "stylize": stylize, "train": train}
    return [attacker.call(way, values).text for way, values in asked.items()]


def refused(told: str) -> bool:
    """As an error or, where an event has no messages, in bold in the readout."""
    told = told.replace(": ", ":")
    return '"error":"' in told or '"text":"<b>' in told


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_picture_or_too_large_is_refused_everywhere(attacker: Attacker, name):
    said = offered(attacker, "bomb.png", REFUSED[name]())
    assert all(refused(told) for told in said), said


@pytest.mark.slow
def test_the_largest_pictures_that_are_taken_stay_within_memory(
    served: StudioProcess, attacker: Attacker
):
    for name, made in LARGEST.items():
        offered(attacker, f"{name}.png", made())
    assert served.peak() < LIMIT, f"{served.peak() / 1e6:.0f} MB"


def test_bombs_leave_memory_within_bounds(served: StudioProcess, attacker: Attacker):
    for made in REFUSED.values():
        offered(attacker, "bomb.png", made())
    assert served.peak() < LIMIT, f"{served.peak() / 1e6:.0f} MB"
