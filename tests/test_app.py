"""`python app.py` and `gan-studio app`: where they start, and how they refuse to."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from studio_process import healthy, until

ROOT = Path(__file__).resolve().parent.parent
STARTS = {"app.py": ["app.py"], "gan-studio app": ["-m", "gan_studio", "app"]}
NOBODY = 65534


@pytest.fixture
def taken() -> Iterator[int]:
    """A port at which somebody else listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def refused(words: list[str], **environment: str) -> str:
    """The only line that is said; the status is 2."""
    ran = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 2, ran.stderr
    (line,) = ran.stderr.strip().splitlines()
    return line


# Each start costs seconds, so the two ways share the variables.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("start", "name", "value"),
    [
        ("app.py", "GAN_STUDIO_PUBLIC", "yes"),
        ("gan-studio app", "GRADIO_SERVER_PORT", "http"),
        ("app.py", "GRADIO_NUM_PORTS", "many"),
        ("gan-studio app", "GRADIO_TEMP_DIR", "/proc/none"),
        ("app.py", "GRADIO_SERVER_NAME", "no.such.host.invalid"),
        ("gan-studio app", "GAN_STUDIO_RUNS", "/dev/null"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(start, name, value):
    line = refused(STARTS[start], **{name: value})
    assert name in line
    assert value in line


@pytest.mark.slow
@pytest.mark.parametrize("words", STARTS.values(), ids=STARTS)
def test_a_port_that_is_taken_is_named(words, taken):
    line = refused(words, GRADIO_SERVER_PORT=str(taken), GRADIO_NUM_PORTS="1")
    assert str(taken) in line


def test_an_unknown_flag_is_named():
    assert "--publik" in refused(["app.py", "--publik"])


@pytest.mark.slow
@pytest.mark.skipif(
    not shutil.which("setpriv") or os.getuid() != 0, reason="gives up a right of root's"
)
def test_the_studio_starts_where_another_user_has_run_gradio(tmp_path):
    theirs = tmp_path / "gradio"
    theirs.mkdir(mode=0o755)
    os.chown(theirs, NOBODY, NOBODY)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = {name: value for name, value in os.environ.items() if name != "GRADIO_TEMP_DIR"}
    process = subprocess.Popen(
        ["setpriv", "--bounding-set=-dac_override", sys.executable, "app.py"],
        cwd=ROOT,
        env={**told, "TMPDIR": str(tmp_path), "GRADIO_SERVER_PORT": str(port)},
    )
    try:
        until(lambda: process.poll() is not None or healthy(f"http://127.0.0.1:{port}"), 120)
        assert process.poll() is None
        (own,) = tmp_path.glob("gan-studio-*")
        assert own.stat().st_mode & 0o077 == 0
    finally:
        process.terminate()
        process.wait(30)
    assert not list(tmp_path.glob("gan-studio-*"))
    assert not list(theirs.iterdir())
