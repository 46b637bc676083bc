"""The page as a process: its health, and its end."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import httpx
import pytest
from studio_process import studio_process, until

from gan_studio.gans import checkpoint


def test_health_is_told_at_an_address_of_its_own(address):
    told = httpx.get(f"{address}healthz", timeout=120).raise_for_status().json()
    assert (told["status"], told["waiting"]) == ("ok", 0)


@pytest.mark.slow
def test_sigterm_ends_the_process_and_saves_what_trains(models, tmp_path):
    with studio_process(models, tmp_path) as served:
        data = ["gan", "digits", 100_000, None, {"batch_size": 16}, None, "", False]
        asked = httpx.post(f"{served.address}/gradio_api/call/train", json={"data": data})
        asked.raise_for_status()
        run = served.runs / "gan-digits-1"
        until(lambda: steps(run) > 5, 120)
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(20) == 0
        assert "Traceback" not in served.log()
    assert checkpoint.load_manifest(run).training["steps"] > 5
    assert (run / checkpoint.STATE).exists()
    assert json.loads((run / "events.jsonl").read_text().splitlines()[-1])["state"] == "stopped"


def steps(run: Path) -> int:
    """Of the last step that was told."""
    path = run / "events.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return max((line["step"] for line in lines if "step" in line), default=0)
