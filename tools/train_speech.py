"""Train the acoustic model: `python -m tools.train_speech CORPUS --output DIRECTORY [--steps N]`.

CORPUS is a folder that tools.speech_corpus made. It resumes where it was stopped.
"""

from __future__ import annotations

import argparse
import difflib
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import l1_loss

from gan_studio.core.files import save_tensors
from gan_studio.sound import files, mel, phones, text
from gan_studio.sound.acoustic import FRAME_RATE, LONGEST, MIDDLE, VOICES, AcousticModel, Prosody
from gan_studio.sound.pitch import pitches

BATCH, WINDOW = 16, 80
"""sentences of an update, and frames of each that are compared"""
RATE = 1.5e-3
Item = dict[str, Any]


def stresses_of(sounds: list[str], sentence: str) -> list[int]:
    """The stress of each of the teacher's phones, from our own reading where both agree."""
    ours = [phones.kind_and_stress(p) for p in text.read(sentence).phones]
    theirs = [kind(p) for p in sounds]
    stresses = [0] * len(sounds)
    match = difflib.SequenceMatcher(None, [k for k, _ in ours], theirs, autojunk=False)
    for block in match.get_matching_blocks():
        for i in range(block.size):
            stresses[block.b + i] = ours[block.a + i][1]
    return stresses


def kind(phone: str) -> str:
    """flite's name of a phone -> ours."""
    return phones.PAUSE if phone == "pau" else phone.upper()


def read_item(folder: Path, line: Item) -> Item | None:
    """Phones, durations, pitches and spectrogram of a sentence; None where they do not fit."""
    wave = torch.from_numpy(files.read(folder / line["file"]).wave)[None]
    spectrogram = mel.log_mel(wave)[0]
    ends = [round(end * FRAME_RATE) for end in line["ends"]]
    ends[-1] = max(ends[-1], ends[-2] + 1)
    durations = np.diff([0, *ends])
    if ends[-1] > spectrogram.shape[1] or durations.min() < 1 or durations.max() > LONGEST:
        return None
    hz = pitches(wave)[0]
    return {
        "kinds": torch.tensor([phones.KINDS.index(kind(p)) for p in line["phones"]]),
        "stresses": torch.tensor(stresses_of(line["phones"], line["text"])),
        "durations": torch.from_numpy(durations),
        "pitch": phone_pitches(hz, ends),
        "mel": spectrogram[:, : ends[-1]].half(),
        "voice": VOICES.index(line["voice"]),
    }


def phone_pitches(hz: Tensor, ends: list[int]) -> Tensor:
    """Mean log pitch of each phone, between voiced ones where it has none, (P,)."""
    means, starts = [], [0, *ends[:-1]]
    for a, b in zip(starts, ends, strict=True):
        part = hz[a:b]
        part = part[part > 0]
        means.append(part.log().mean().item() if len(part) >= 2 else math.nan)
    x = np.array(means)
    has = ~np.isnan(x)
    if not has.any():
        return torch.full((len(x),), MIDDLE)
    return torch.from_numpy(np.interp(np.arange(len(x)), np.flatnonzero(has), x[has])).float()


def read_corpus(folder: Path, limit: int) -> list[Item]:
    """The sentences of a corpus; those whose numbers do not fit are left out."""
    cache = folder.parent / f"{folder.name}-{limit}.pt"
    if cache.exists():
        return torch.load(cache)
    lines = [json.loads(line) for line in (folder / "phones.jsonl").read_text("utf-8").splitlines()]
    items = [read_item(folder, line) for line in lines[:limit]]
    valid = [item for item in items if item is not None]
    print(f"{len(valid)} of {len(items)} sentences", flush=True)
    torch.save(valid, cache)
    return valid


def batch(items: list[Item], rng: np.random.Generator) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """Padded phones, windows of frames (N, WINDOW) and their spectrograms."""
    sample = [items[int(i)] for i in rng.integers(len(items), size=BATCH)]
    names = "kinds", "stresses", "durations", "pitch"
    padded = {
        name: torch.nn.utils.rnn.pad_sequence([item[name] for item in sample], batch_first=True)
        for name in names
    }
    padded["mask"] = torch.nn.utils.rnn.pad_sequence(
        [torch.ones(len(item["kinds"])) for item in sample], batch_first=True
    )
    padded["voice"] = torch.eye(len(VOICES))[[item["voice"] for item in sample]]
    starts = [int(rng.integers(max(1, item["mel"].shape[1] - WINDOW + 1))) for item in sample]
    frames = torch.tensor(starts)[:, None] + torch.arange(WINDOW)
    spectrograms = torch.stack(
        [
            item["mel"][:, f.clamp_max(item["mel"].shape[1] - 1)].float()
            for item, f in zip(sample, frames, strict=True)
        ]
    )
    last = torch.tensor([item["mel"].shape[1] - 1 for item in sample])[:, None]
    return padded, frames.clamp_max(last), spectrograms


def losses(model: AcousticModel, items: list[Item], rng: np.random.Generator) -> dict[str, Tensor]:
    """L1 distances of the spectrogram, of log durations and of log pitches."""
    x, frames, target = batch(items, rng)
    encoding = model.encode(x["kinds"], x["stresses"], x["voice"])
    duration, pitch = model.predict(encoding)
    mask = x["mask"]
    output = model.decode(encoding, Prosody(x["durations"], x["pitch"]), frames)
    of_duration = (duration - x["durations"].clamp_min(1).log()).abs() * mask
    of_pitch = (pitch - x["pitch"]).abs() * mask
    return {
        "mel": l1_loss(output, target),
        "duration": of_duration.sum() / mask.sum(),
        "pitch": of_pitch.sum() / mask.sum(),
    }


def train(train_set: list[Item], test: list[Item], output: Path, steps: int) -> None:
    """Train to step `steps`, saving every 200; weights are averaged with a decay of 0.999."""
    torch.manual_seed(0)
    model, average = AcousticModel(), AcousticModel()
    state = output / "state.pt"
    optimizer = torch.optim.AdamW(model.parameters(), RATE, (0.9, 0.98), weight_decay=1e-2)
    start = 0
    if state.exists():
        tensors = torch.load(state)
        model.load_state_dict(tensors["model"])
        average.load_state_dict(tensors["average"])
        optimizer.load_state_dict(tensors["optimizer"])
        start = tensors["step"]
    else:
        average.load_state_dict(model.state_dict())
    began = time.time()
    for step in range(start, steps):
        warm, cosine = min(1.0, (step + 1) / 200), 0.5 * (1 + math.cos(math.pi * step / steps))
        for group in optimizer.param_groups:
            group["lr"] = RATE * warm * (0.05 + 0.95 * cosine)
        parts = losses(model, train_set, np.random.default_rng([1, step]))
        loss = parts["mel"] + 0.3 * parts["duration"] + parts["pitch"]
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        decay = min(0.999, (1 + step) / (10 + step))
        with torch.no_grad():
            for p, q in zip(average.parameters(), model.parameters(), strict=True):
                p.lerp_(q, 1 - decay)
        if (step + 1) % 200 == 0 or step + 1 == steps:
            with torch.no_grad():
                rng = np.random.default_rng(0)
                test_losses = [losses(average, test, rng) for _ in range(4)]
            stacks = {k: torch.stack([s[k] for s in test_losses]) for k in parts}
            means = {k: round(float(stack.mean()), 4) for k, stack in stacks.items()}
            print(step + 1, round(time.time() - began), means, flush=True)
            tensors = {"model": model.state_dict(), "average": average.state_dict()}
            torch.save({**tensors, "optimizer": optimizer.state_dict(), "step": step + 1}, state)
            half = {k: v.half() for k, v in average.state_dict().items()}
            save_tensors(output / "model.safetensors", half)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--limit", type=int, default=4500)
    a = parser.parse_args()
    a.output.mkdir(parents=True, exist_ok=True)
    train_set = read_corpus(a.corpus, a.limit)
    train(train_set, read_corpus(a.corpus.parent / "test", 120), a.output, a.steps)


if __name__ == "__main__":
    main()
