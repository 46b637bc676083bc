"""VGG-19: found, or fetched in parts from a stand-in for the Hub, or one sentence says why not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from file_server import FileServer
from huggingface_hub import close_session, constants
from mentions import mentions
from safetensors import safe_open
from safetensors.torch import load_file, save, save_file

from gan_studio import vision
from gan_studio.cli import progress
from gan_studio.core.events import Download
from gan_studio.vision import download, vgg19
from gan_studio.vision.network import FeatureNetwork

BLOCKS = ((4, 3), (5,))
SHAPES = {
    "features.0.weight": (4, 3, 3, 3),
    "features.0.bias": (4,),
    "features.2.weight": (3, 4, 3, 3),
    "features.2.bias": (3,),
    "features.5.weight": (5, 3, 3, 3),
    "features.5.bias": (5,),
}
# In the file names are sorted, so one of these lies between wanted tensors and one behind them.
OTHERS = {"features.3.weight": torch.ones(70), "head.fc.weight": torch.ones(1000)}
EMBEDDED = r"; the embedded network works without it\.$"


@pytest.fixture
def models(tmp_path, monkeypatch) -> Path:
    """Where weights are looked for: an empty folder."""
    monkeypatch.setenv("GAN_STUDIO_MODELS", str(tmp_path / "models"))
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


@pytest.fixture
def tensors() -> dict[str, torch.Tensor]:
    """A toy with torchvision's names."""
    torch.manual_seed(0)
    return {name: torch.randn(shape) for name, shape in SHAPES.items()}


@pytest.fixture
def hub(models, tensors, monkeypatch) -> Iterator[FileServer]:
    """A stand-in for the Hub that has the toy and more in one file."""
    content = save({**tensors, **OTHERS})
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with FileServer(content, hashlib.sha256(content).hexdigest()).running() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        yield running
        close_session()


@pytest.fixture
def fetch(hub, tensors) -> Callable[[], list[Download]]:
    """Fetches the toy; what is said meanwhile."""
    source = download.HubFile(repo="a/toy", file="it", revision="1", sha256=hub.etag)
    first = tensors["features.0.weight"][0].flatten().tolist()
    return lambda: list(vgg19.fetch(source, BLOCKS, first, retry_wait=0))


def test_only_the_wanted_bytes_are_fetched(hub, fetch, models, tensors):
    said = fetch()
    header = 8 + int.from_bytes(hub.content[:8], "little")
    needed = sum(4 * value.numel() for value in tensors.values())
    assert sum(end - start for start, end in hub.served) == header + needed
    assert len(hub.served) == 4  # the header's length, the header, and what OTHERS cuts in two
    assert [(event.done, event.total) for event in (said[0], said[-1])] == [
        (0, needed),
        (needed, needed),
    ]
    assert [path.name for path in models.iterdir()] == [vgg19.FILE]
    written = load_file(models / vgg19.FILE)
    assert all((written[name] == value).all() for name, value in tensors.items())


def test_long_ranges_come_in_pieces(hub, fetch, models, monkeypatch):
    monkeypatch.setattr(download, "CHUNK", 100)
    said = fetch()
    assert all(end - start <= 100 for start, end in hub.served[2:])
    assert len(said) == len(hub.served) - 1
    assert vgg19.local_weights(BLOCKS) == models / vgg19.FILE


def test_what_was_fetched_is_the_network_and_is_not_fetched_again(hub, fetch, models, tensors):
    fetch()
    network = vgg19.read(models / vgg19.FILE, blocks=BLOCKS)
    assert (network.convolutions["relu2_1"].weight == tensors["features.5.weight"]).all()
    hub.served.clear()
    assert fetch() == []
    assert hub.served == []


def test_the_file_says_where_it_comes_from(hub, fetch, models):
    fetch()
    with safe_open(models / vgg19.FILE, "pt") as file:
        metadata = file.metadata()
    assert (metadata["repo"], metadata["revision"]) == ("a/toy", "1")
    assert metadata["etag"] == hub.etag


def test_later_damage_is_noticed(fetch, models):
    fetch()
    content = bytearray((models / vgg19.FILE).read_bytes())
    content[-1] ^= 1
    (models / vgg19.FILE).write_bytes(content)
    with pytest.raises(ValueError, match=mentions(vgg19.FILE)):
        vgg19.read(models / vgg19.FILE, blocks=BLOCKS)


def test_half_precision_becomes_single(hub, fetch, models, tensors):
    hub.content = save({name: value.half() for name, value in tensors.items()})
    tensors["features.0.weight"][0] = tensors["features.0.weight"][0].half().float()
    source = download.HubFile(repo="a/toy", file="it", revision="1", sha256=hub.etag)
    list(vgg19.fetch(source, BLOCKS, tensors["features.0.weight"][0].flatten().tolist()))
    assert load_file(models / vgg19.FILE)["features.5.bias"].dtype == torch.float32


def test_a_broken_answer_is_asked_for_again(hub, fetch, models):
    hub.breaks = 2
    fetch()
    assert vgg19.local_weights(BLOCKS) == models / vgg19.FILE


def test_an_abandoned_download_leaves_nothing(hub, tensors, models):
    source = download.HubFile(repo="a/toy", file="it", revision="1", sha256=hub.etag)
    events = vgg19.fetch(source, BLOCKS)
    next(events)
    events.close()
    assert list(models.iterdir()) == []


def without_ranges(hub: FileServer) -> None:
    hub.ranges = False


def truncated(hub: FileServer) -> None:
    hub.breaks = 1000


def missing(hub: FileServer) -> None:
    hub.status = 404


def other_file(hub: FileServer) -> None:
    hub.etag = "0" * 64


def huge_header(hub: FileServer) -> None:
    hub.content = (1 << 60).to_bytes(8, "little") + hub.content[8:]


def no_json(hub: FileServer) -> None:
    hub.content = hub.content[:8] + b"?" + hub.content[9:]


def other_values(hub: FileServer) -> None:
    header = 8 + int.from_bytes(hub.content[:8], "little")
    hub.content = hub.content[:header] + bytes(len(hub.content) - header)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (without_ranges, "a/toy"),
        (truncated, "a/toy/resolve/1/it"),
        (missing, "404"),
        (other_file, "00000000…"),
        (huge_header, "1,152,921,504,606,846,976"),
        (no_json, "JSON"),
        (other_values, "torchvision"),
    ],
)
def test_what_the_hub_does_wrong_is_said_in_a_sentence(hub, fetch, models, wrong, named):
    wrong(hub)
    with pytest.raises(ValueError, match=mentions(f"VGG-19 {named} embedded")):
        fetch()
    assert list(models.iterdir()) == []


@pytest.mark.parametrize(
    "lie",
    [
        {"data_offsets": [0, 10**9]},
        {"data_offsets": [-16, 0]},
        {"data_offsets": [0, 8]},
        {"data_offsets": [0.0, 16.0]},
        {"data_offsets": ["0", "16"]},
        {"data_offsets": 16},
        {"shape": [2, 2]},
        {"dtype": "I32"},
        {"dtype": []},
    ],
    ids=str,
)
def test_a_header_is_not_believed(hub, fetch, models, lie):
    length = int.from_bytes(hub.content[:8], "little")
    header = json.loads(hub.content[8 : 8 + length])
    header["features.0.bias"] |= lie
    text = json.dumps(header).encode()
    hub.content = len(text).to_bytes(8, "little") + text + hub.content[8 + length :]
    with pytest.raises(ValueError, match=mentions("features.0.bias embedded")):
        fetch()
    assert hub.served[-1] == (8, 8 + len(text))  # nothing behind the header was asked for
    assert list(models.iterdir()) == []


def test_a_file_without_a_tensor_is_refused(hub, fetch, tensors):
    del tensors["features.5.bias"]
    hub.content = save(tensors)
    with pytest.raises(ValueError, match=mentions("features.5.bias")):
        fetch()


def test_a_weight_that_is_not_a_number_is_refused(hub, fetch, tensors, models):
    tensors["features.5.bias"][0] = torch.nan
    hub.content = save(tensors)
    with pytest.raises(ValueError, match=mentions("VGG-19 embedded")):
        fetch()
    assert list(models.iterdir()) == []


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9", "nonsense", "http://127.0.0.1:x"])
def test_a_hub_that_cannot_be_reached_is_said_in_a_sentence(hub, models, monkeypatch, endpoint):
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    with pytest.raises(ValueError, match=mentions("Hub embedded")):
        vision.load("vgg19")
    assert list(models.iterdir()) == []


def test_offline_a_sentence_says_so(models, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ValueError, match=mentions("HF_HUB_OFFLINE embedded")):
        vision.load("vgg19")


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(hub, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("GAN_STUDIO_MODELS", str(tmp_path / "file" / "models"))
    with pytest.raises(ValueError, match=mentions("models embedded")):
        vision.load("vgg19")
    assert hub.served == []


def test_files_are_preferred_in_order(models, tensors):
    assert vgg19.local_weights(BLOCKS) is None
    save_file({"features.0.weight": torch.ones(4, 3, 3, 3)}, models / "vgg19_a.safetensors")
    (models / "vgg19_b.safetensors").write_bytes(b"no weights")
    for name in ("vgg19_d.safetensors", "vgg19_c.safetensors", vgg19.HALF_FILE, vgg19.FILE):
        save_file({**tensors, **OTHERS}, models / name)
        assert vgg19.local_weights(BLOCKS) == models / name


def test_other_shapes_are_not_vgg(models, tensors):
    save_file(tensors, models / vgg19.FILE)
    assert vgg19.local_weights() is None
    with pytest.raises(ValueError, match=mentions("VGG-19")):
        vgg19.read(models / vgg19.FILE)
    with pytest.raises(ValueError, match=mentions("nowhere")):
        vgg19.read(models / "nowhere")


def test_order_of_names_is_that_of_the_network():
    shapes = [tuple(value.shape) for value in FeatureNetwork(BLOCKS).state_dict().values()]
    assert shapes == list(vgg19.tensor_shapes(BLOCKS).values()) == list(SHAPES.values())
    assert list(vgg19.tensor_shapes(BLOCKS)) == list(SHAPES)


def test_the_embedded_network_is_always_at_hand(models):
    assert vision.is_available("embedded")
    assert list(vision.fetch("embedded")) == []
    assert not vision.is_available("vgg19")
    with pytest.raises(ValueError, match=mentions("vgg")):
        vision.fetch("vgg")


def test_a_terminal_shows_bytes(capsys):
    progress.download([])
    assert capsys.readouterr().err == ""
    progress.download(Download(name="toy", done=n, total=4000) for n in (0, 1000, 4000))
    shown = capsys.readouterr().err
    assert "toy" in shown
    assert "4.0/4.0 kB" in shown
