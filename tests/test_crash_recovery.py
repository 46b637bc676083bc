"""A process that is killed in the midst of a training loses nothing that it had saved."""

import pytest

from benchmarks import kills


@pytest.mark.slow
def test_a_killed_training_is_taken_up_and_goes_on_exactly(tmp_path):
    done = list(kills.trial(tmp_path, 3, seed=1))
    assert all(0 <= kill.lost <= 500 for kill in done)
    assert [kill.saved for kill in done] == sorted(kill.saved for kill in done)
    straight = kills.undisturbed(tmp_path / "reference", done[-1].saved)
    assert kills.compare(tmp_path / kills.RUN, straight) >= done[-1].saved // 10
