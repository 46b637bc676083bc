"""Token buckets."""

from __future__ import annotations

from gan_studio.ui import rate_limit
from gan_studio.ui.rate_limit import TokenBuckets


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_let_in_and_then_so_many_a_second():
    clock = Clock()
    bucket = TokenBuckets(2.0, 3, clock)
    assert [bucket.take("a") for _ in range(4)] == [0, 0, 0, 0.5]
    clock.now = 0.5
    assert [bucket.take("a"), bucket.take("a")] == [0, 0.5]
    clock.now = 100.0
    assert [bucket.take("a") for _ in range(4)] == [0, 0, 0, 0.5]  # no more than a burst is saved


def test_each_has_a_bucket_of_his_own():
    bucket = TokenBuckets(1.0, 1, Clock())
    assert bucket.take("a") == 0
    assert bucket.take("a") == 1
    assert bucket.take("b") == 0


def test_what_costs_more_than_a_burst_takes_it_all_and_is_waited_for():
    clock = Clock()
    bucket = TokenBuckets(1.0, 4, clock)
    assert bucket.take("a", 10) == 0
    assert bucket.take("a", 10) > 4
    clock.now = 11.0
    assert bucket.take("a", 10) == 0


def test_of_too_many_names_the_oldest_is_forgotten(monkeypatch):
    monkeypatch.setattr(rate_limit, "MAX_BUCKETS", 2)
    bucket = TokenBuckets(1.0, 1, Clock())
    for name in "abc":
        bucket.take(name)
    assert bucket.take("c") == 1
    assert bucket.take("a") == 0
