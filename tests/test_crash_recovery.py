"""A process that is killed in the midst of a training loses nothing that it had saved."""

import pytest

from benchmarks import kills


@pytest.mark.slow
def test_a_killed_training_is_taken_up_and_goes_on_exactly(tmp_path):
    done = list(kills.trial(tmp_path, 3, seed=1))
    assert all(0 <= kill.lost_updates <= 500 for kill in done)
    assert [kill.saved_step for kill in done] == sorted(kill.saved_step for kill in done)
    straight = kills.train_straight(tmp_path / "reference", done[-1].saved_step)
    assert kills.compare(tmp_path / kills.RUN, straight) >= done[-1].saved_step // 10
