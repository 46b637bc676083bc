"""The memory that a painting takes, and the refusal when there is less."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import torch
from mentions import mentions

from gan_studio.core.devices import cgroup_memory_left
from gan_studio.style_transfer import StyleConfig, memory, stylize
from gan_studio.vision.network import STUDENT, VGG19, FeatureNetwork

CONFIG = StyleConfig(steps=100)


@pytest.fixture(scope="module")
def network() -> FeatureNetwork:
    with torch.device("meta"):  # of weights only the shapes are asked
        network = FeatureNetwork(STUDENT)
    network.mean = torch.zeros(1)
    return network


def needed(network, height, width, **changes) -> int:
    return memory.predict_bytes(network, (height, width), replace(CONFIG, **changes))


def test_memory_grows_with_pixels_whatever_their_shape(network):
    growth = needed(network, 1024, 1024) - memory.STARTING
    assert growth / (needed(network, 512, 512) - memory.STARTING) == pytest.approx(4, rel=0.01)
    assert needed(network, 2048, 512) - memory.STARTING == pytest.approx(growth, rel=0.01)


def test_a_painting_of_1024_pixels_with_the_small_network_takes_less_than_three_gigabytes(network):
    assert needed(network, 1024, 1024) < 2.4e9  # the process had half a gigabyte before


def test_large_networks_and_long_memories_take_more_and_shallow_looks_less(network):
    size = (512, 512)
    with torch.device("meta"):
        vgg = FeatureNetwork(VGG19, "max")
    vgg.mean = torch.zeros(1)
    assert needed(vgg, *size) > 1.3 * needed(network, *size)
    assert needed(network, *size) > needed(network, *size, optimizer="adam")
    assert needed(network, *size) > needed(network, *size, steps=2)
    shallow = {"content_weight": 0.0, "layer_weights": (1.0, 0.0, 0.0, 0.0, 0.0)}
    assert needed(network, *size, **shallow) < 0.9 * needed(network, *size)


def test_a_style_that_is_much_larger_than_the_painting_counts(network):
    size, config = (64, 1024), replace(CONFIG, style_scale=4)
    alone = memory.predict_bytes(network, size, config, [(64, 64)])
    assert memory.predict_bytes(network, size, config, [(64, 64), (4096, 4096)]) > 4 * alone


def test_what_fits_begins_and_what_does_not_is_refused_with_the_largest_that_does(
    network, monkeypatch
):
    free = needed(network, 768, 1024)
    monkeypatch.setattr(memory, "free_bytes", lambda _: free)
    memory.check(network, (768, 1024), CONFIG)
    with pytest.raises(ValueError, match=mentions("4096 3072 1024")) as error:
        memory.check(network, (3072, 4096), CONFIG)
    said = str(error.value)
    gigabytes = [float(found) for found in re.findall(r"([\d.]+) GB", said)]
    assert gigabytes == pytest.approx([needed(network, 3072, 4096) / 1e9, free / 1e9], rel=0.05)
    monkeypatch.setattr(memory, "free_bytes", lambda _: free - 1)
    with pytest.raises(ValueError, match=mentions("992")):
        memory.check(network, (768, 1024), CONFIG)
    monkeypatch.setattr(memory, "free_bytes", lambda _: 1000)
    with pytest.raises(ValueError, match=mentions("0.0")):
        memory.check(network, (768, 1024), CONFIG)


def test_a_painting_is_refused_before_it_is_begun(monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda _: 1000)
    picture = torch.zeros(1, 3, 64, 64)
    with pytest.raises(ValueError, match=mentions("64")):
        stylize(picture, picture, FeatureNetwork(((4,),)), StyleConfig(size=64))


def test_free_memory_is_some_and_no_more_than_the_machine_has():
    free = memory.free_bytes(torch.device("cpu"))
    assert 0 < free <= memory.psutil.virtual_memory().total


@pytest.mark.parametrize(
    ("group", "folder", "names", "none"),
    [
        ("0::/", "", ("memory.max", "memory.current", "inactive_file"), "max"),
        (
            "4:memory:/",
            "memory",
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
            str(2**63 - 4096),
        ),
    ],
    ids=["version 2", "version 1"],
)
def test_a_container_leaves_what_it_is_allowed_but_for_what_is_used(
    tmp_path, group, folder, names, none
):
    limit, usage, cache = names
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(f"7:cpu:/elsewhere\n{group}outer/inner\n")
    outer = tmp_path / "sys/fs/cgroup" / folder / "outer"
    for path, most, used in ((outer, "8000", "3000"), (outer / "inner", none, "2000")):
        path.mkdir(parents=True)
        (path / limit).write_text(f"{most}\n")
        (path / usage).write_text(f"{used}\n")
        (path / "memory.stat").write_text(f"anon 7\n{cache} 500\n")
    assert min(cgroup_memory_left(tmp_path)) == 8000 - 3000 + 500
    assert list(cgroup_memory_left(tmp_path / "elsewhere")) == []
