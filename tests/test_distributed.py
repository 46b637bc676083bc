"""Two processes that train together do what one does alone."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import together
import torch
import toys
from torch.testing import assert_close

from gan_studio.cli import main
from gan_studio.core import distributed
from gan_studio.datasets.batches import Batches
from gan_studio.gans import checkpoint
from gan_studio.gans.families.ebgan import pulling_away

TESTS = Path(__file__).parent
slow = pytest.mark.slow


@contextmanager
def torchrun(*command: str) -> Iterator[subprocess.Popen[str]]:
    """Two processes that run the command together, to the end of the block at most."""
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    with subprocess.Popen(
        [sys.executable, *launcher, *command],
        env={**os.environ, "PYTHONPATH": str(TESTS.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as two:
        try:
            yield two
        finally:
            two.terminate()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What two processes saw."""
    path = tmp_path_factory.mktemp("together") / "seen.pt"
    with torchrun(str(TESTS / "together.py"), str(path)) as two:
        _, errors = two.communicate(timeout=900)
    assert two.returncode == 0, errors
    return torch.load(path, weights_only=True)


def interleaved(parts: list[torch.Tensor], dim: int = 0) -> torch.Tensor:
    """The whole of which process r has the rows r, r + n …"""
    return torch.stack(parts, dim + 1).flatten(dim, dim + 1)


@slow
@pytest.mark.parametrize("game", together.GAMES)
def test_two_processes_follow_the_losses_of_one(both, game):
    _, alone = together.ten_rounds(game)
    for ours, theirs in zip(both[0]["losses"][game], alone, strict=True):
        clipped = ours.pop("clipped", 0), theirs.pop("clipped", 0)  # a share of 2,456 weights
        assert clipped[0] == pytest.approx(clipped[1], abs=3 / 2456)
        assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-8)


@slow
def test_all_processes_have_the_same_weights_statistics_and_random_numbers(both):
    first, second = both
    for game in together.GAMES:
        assert_close(first["states"][game], second["states"][game], rtol=0, atol=0)
    assert_close(first["next number"], second["next number"], rtol=0, atol=0)


@slow
def test_the_shares_of_two_processes_make_up_the_batches_of_one(both):
    alone = together.mine()
    for name, dim in (("batches", 1), ("drawn", 0)):
        assert torch.equal(interleaved([p[name] for p in both], dim), alone[name])
    assert torch.equal(both[0]["next number"], alone["next number"])


@slow
def test_batch_norm_and_its_slopes_are_those_of_torch_on_the_whole_batch(both):
    for name, expected in together.normalisations(plain=True).items():
        parts = [p["normalised"][name] for p in both]
        of_rows = name.split()[1] in ("y", "x", "slope")
        assert_close(interleaved(parts) if of_rows else parts[0], expected)


@slow
def test_pulling_away_is_between_the_codes_of_all(both):
    codes = torch.randn(8, 3, generator=torch.Generator().manual_seed(2)).requires_grad_()
    loss = pulling_away(codes)
    loss.backward()
    (first, ours), (second, theirs) = (p["pulling away"] for p in both)
    assert_close(first, loss.detach())
    assert_close(second, loss.detach())
    assert_close((ours + theirs) / 2, codes.grad)


@slow
def test_what_steers_the_game_is_agreed_upon(both):
    assert [p["leads"] for p in both] == [False, False]  # 0.5 in the mean, not below 0.4
    assert [p["any"] for p in both] == [(True, False)] * 2
    assert [p["refused"] for p in both] == ["process 1 found nothing"] * 2
    assert [p["diverged"] for p in both] == [("a loss became nan", True)] * 2


@slow
def test_one_process_writes_and_one_that_is_apart_is_alone(both):
    assert [p["writes"] for p in both] == [True, False]
    assert [p["apart"] for p in both] == [((0, 1), True, 0.0), ((0, 1), False, 1.0)]


@slow
def test_ctrl_c_ends_two_processes_of_which_one_writes_and_one_alone_goes_on(tmp_path, capsys):
    run = tmp_path / "run"
    sizes = {"image-size": 16, "latent-dim": 12, "batch-size": 16, "width": 8, "save-every": 10}
    words = [f"--{name}={value}" for name, value in sizes.items()]
    command = ["train", "dcgan", "--dataset=digits", "--precision=float32", *words]
    with torchrun("-m", "gan_studio", *command, f"--output={run}", "--steps=1000000") as two:
        while two.poll() is None and not checkpoint.load_history(run):
            time.sleep(0.1)
        two.send_signal(signal.SIGINT)
        said, errors = two.communicate(timeout=300)
    (stopped,) = re.findall(r"Stopped at step (\d+)", said)  # said once
    assert errors.count("1,498 grey pictures") == 1
    first = checkpoint.load_history(run)[0]
    steps = int(stopped) + 3
    main.main([*command, f"--output={run}", f"--steps={steps}", "--resume"])
    assert checkpoint.load_history(run)[-1]["step"] == steps
    main.main([*command, f"--output={tmp_path / 'alone'}", "--steps=10"])
    (alone,) = checkpoint.load_history(tmp_path / "alone")  # the last step is observed as well
    assert {"generator", "discriminator_gradient"} <= first.keys()
    assert first == pytest.approx({name: alone[name] for name in first}, rel=1e-3)


def test_one_process_is_everybody():
    with distributed.process_group():
        assert (distributed.rank(), distributed.world_size()) == (0, 1)
        assert distributed.is_main()
    value = torch.ones(2)
    assert distributed.mean(value) is distributed.all_gather(value) is value
    assert distributed.main_first(lambda: 3) == 3


@pytest.mark.parametrize("n", [2, 4])
def test_shares_are_disjoint_and_complete(n):
    pictures = together.numbered()
    whole = Batches(pictures, 8, flips=True)
    shares = [Batches(pictures, 8, flips=True, share=(r, n)) for r in range(n)]
    for _ in range(12):
        assert torch.equal(interleaved([next(b)["image"] for b in shares]), next(whole)["image"])


@pytest.mark.parametrize(("size", "n"), [(9, 2), (6, 4), (4, 4)])
def test_a_batch_that_cannot_be_dealt_is_refused(size, n):
    with pytest.raises(ValueError, match=rf"^batch_size .* of the {n} .* {2 * n}, not {size}"):
        Batches(together.numbered(), size, share=(0, n))


def test_half_of_the_pictures_are_mirrored_and_always_the_same():
    plain, flipped, again = (Batches(together.numbered(), 40, flips=f) for f in (False, True, True))
    mirrored = []
    for _ in range(20):
        before, after = next(plain)["image"], next(flipped)["image"]
        changed = (before != after).flatten(1).any(1)
        assert torch.equal(after, torch.where(changed.view(-1, 1, 1, 1), before.flip(3), before))
        assert torch.equal(after, next(again)["image"])
        mirrored.append(changed)
    shares = torch.stack(mirrored).float()
    assert shares.mean() == pytest.approx(0.5, abs=0.08)
    assert shares.std(0).min() > 0  # no picture's place in a batch decides


def test_flips_depend_on_the_position_alone():
    batches, other = (Batches(toys.digits().dataset, 8, 3, flips=True) for _ in range(2))
    seen = [next(batches)["image"] for _ in range(6)]
    other.position = 4
    assert torch.equal(next(other)["image"], seen[4])
