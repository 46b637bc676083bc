"""The configuration of the page."""

from __future__ import annotations

import copy
from typing import Any


def components(config: dict, kind: str) -> dict[int, dict[str, Any]]:
    return {c["id"]: c["props"] for c in config["components"] if c["type"] == kind}


def test_every_slider_event_takes_the_last_position_without_flicker(page_config):
    sliders = components(page_config, "slider")
    events = [d for d in page_config["dependencies"] if any(t[0] in sliders for t in d["targets"])]
    heard = {
        target
        for d in events
        for target, kind in d["targets"]
        if kind == "input" and target in sliders
    }
    assert heard == set(sliders)
    for event in events:
        assert event["trigger_mode"] == "always_last"
        assert event["show_progress"] == "hidden"
        assert event["queue"] is False


def test_heavy_events_share_one_place_in_the_queue(page_config):
    from gan_studio.ui import build

    heard = [fn for fn in build().fns.values() if fn.fn and (None, "unload") not in fn.targets]
    queued = [fn for fn in heard if fn.queue]
    assert {"interpolate", "walk", "map", "compare", "stylize"} <= {fn.api_name for fn in queued}
    places = [(fn.concurrency_id, fn.concurrency_limit) for fn in queued]
    assert set(places) == {("heavy", 1), ("light", 4), ("watched", 16)}
    watching = {fn.api_name for fn in queued if fn.concurrency_id == "watched"}
    assert watching == {"train", "watch"}  # the training itself is nobody's event
    light = [fn.api_name for fn in queued if fn.concurrency_id == "light"]
    assert len(light) == 2  # the Style tab’s pictures, as they are drawn; publishing


def test_the_copy_for_each_visit_holds_no_object_of_ours(page_config):
    copied = copy.deepcopy(page_config)  # as Gradio makes it
    for ours, theirs in zip(page_config["components"], copied["components"], strict=True):
        for name, value in ours["props"].items():
            plain = isinstance(value, str | int | float | bool | list | tuple | dict | None)
            assert plain or theirs["props"][name] is value, name


def test_every_image_has_alternative_text(page_config):
    images = components(page_config, "image")
    assert images
    assert all(props["alt_text"] for props in images.values())


def test_labels_are_unique(page_config):
    labels = [
        p["label"]
        for kind in ("slider", "number", "dropdown", "checkbox")
        for p in components(page_config, kind).values()
    ]
    assert len(labels) == len(set(labels))


def test_public_endpoints_are_the_documented_ones(page_config):
    public = {
        d["api_name"]
        for d in page_config["dependencies"]
        if d["api_visibility"] == "public" and d["backend_fn"]
    }
    assert public == {
        *("generate", "interpolate", "opinion", "compare", "stylize", "stop"),
        *("draw", "vary", "arithmetic", "walk", "map", "project", "nearest"),
        *("train", "watch", "steer"),
        *("translate", "translators", "upscale", "inpaint"),
        *("words", "word_models", "speak", "hear"),
    }
