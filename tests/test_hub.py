"""Models to and from a stand-in of the Hub, through the real huggingface_hub."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import torch
import yaml
from hub_server import HubServer, Refused
from huggingface_hub import constants
from mentions import mentions

from gan_studio.gans import checkpoint
from gan_studio.models import card as cards
from gan_studio.models import hub, publish


@pytest.fixture
def published(hub_server: HubServer, models: Path) -> HubServer:
    """With ada/digits, one of the toys."""
    directory = models / "gan-digits"
    card = cards.render(checkpoint.load_manifest(directory), "ada/digits")
    hub.push(directory, "ada/digits", card, token="hf_writer")
    return hub_server


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


def test_what_is_pushed_is_an_ordinary_model_repository(published: HubServer, models: Path):
    there, here = published.model("ada/digits").head, files(models / "gan-digits")
    names = ("config.json", "model.safetensors", "history.csv", "samples.png")
    assert {name: there[name] for name in names} == {name: here[name] for name in names}
    assert there.keys() == {*names, "README.md", ".gitattributes"}  # and no state of the training
    assert len(published.model("ada/digits").commits) == 2  # created, then all in one
    said = yaml.safe_load(there["README.md"].decode().split("---\n")[1])
    assert said["library_name"] == "gan-studio"


def test_what_was_pushed_comes_back_the_same(published: HubServer, models: Path):
    folder = hub.pull("ada/digits")
    assert files(folder) == {
        k: v for k, v in published.model("ada/digits").head.items() if k != ".gitattributes"
    }
    ours = checkpoint.load_model(models / "gan-digits")[0]
    z = torch.randn(2, 12)
    assert torch.equal(hub.from_pretrained("ada/digits").generator(z), ours.generator(z))


@pytest.mark.parametrize("family", ["gan", "cgan", "stylegan2"])
def test_the_two_lines_of_the_card_run(hub_server: HubServer, models: Path, family: str):
    publish.publish(models / f"{family}-digits", "ada/digits", token="hf_writer")
    card = hub_server.model("ada/digits").head["README.md"].decode()
    code = card.split("```python\n")[1].split("```")[0]
    known: dict[str, object] = {}
    exec(code, known)
    assert isinstance(known["images"], torch.Tensor)
    assert known["images"].shape == (16, 1, 16, 16)


def test_sliders_by_attribute_go_along(hub_server: HubServer, models: Path, tmp_path: Path):
    named = tmp_path / "named"
    shutil.copytree(models / "gan-digits", named)
    for part in (checkpoint.SLIDERS, checkpoint.DIRECTIONS):
        (named / part).write_bytes(b"{}")
    publish.publish(named, "ada/named", token="hf_writer")
    assert {checkpoint.SLIDERS, checkpoint.DIRECTIONS} <= files(hub.pull("ada/named")).keys()


def test_a_second_pull_moves_no_file(published: HubServer):
    first, bodies = hub.pull("ada/digits"), published.bodies
    assert bodies == 5
    assert hub.pull("ada/digits") == first
    assert published.bodies == bodies


def test_a_new_commit_brings_only_what_changed(published: HubServer):
    first, bodies = hub.pull("ada/digits"), published.bodies
    repository = published.model("ada/digits")
    repository.commit({**repository.head, "history.csv": b"step\n1\n"})
    second = hub.pull("ada/digits")
    assert second != first
    assert (second / "history.csv").read_bytes() == b"step\n1\n"
    assert published.bodies == bodies + 1


def test_a_revision_stays_what_it_was(published: HubServer):
    repository = published.model("ada/digits")
    old = repository.refs["main"]
    repository.commit({**repository.head, "history.csv": b"step\n1\n"})
    pinned = hub.pull(f"ada/digits@{old}")
    assert pinned.name == old
    assert (pinned / "history.csv").read_bytes() != b"step\n1\n"
    assert hub.cached_path(f"ada/digits@{old}") == pinned
    assert hub.cached_path("ada/digits") is None  # the newest was never asked for


def test_without_a_network_what_was_pulled_is_still_there(
    published: HubServer, monkeypatch: pytest.MonkeyPatch
):
    folder = hub.pull("ada/digits")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert hub.pull("ada/digits") == folder
    assert hub.cached_models() == {"ada/digits": folder}
    with pytest.raises(ValueError, match=mentions("HF_HUB_OFFLINE ada/other")):
        hub.pull("ada/other")


def test_a_hub_that_is_gone_is_told_in_a_sentence(
    hub_server: HubServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(ValueError, match=mentions("Hub ada/x")):
        hub.pull("ada/x")


def test_only_files_that_a_model_consists_of_are_brought(published: HubServer):
    repository = published.model("ada/digits")
    more = {"pytorch_model.bin": b"\x80\x04pickle", "sub/model.safetensors": b"", "run.py": b"1"}
    repository.commit({**repository.head, **more})
    names = {path.name for path in hub.pull("ada/digits").rglob("*")}
    assert names == {"config.json", "model.safetensors", "history.csv", "samples.png", "README.md"}


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "samples.png"])
def test_a_file_that_is_too_large_is_refused_before_a_byte_comes(published: HubServer, name: str):
    published.claimed[name] = 10**12
    with pytest.raises(ValueError, match=mentions(f"{name} 1,000,000,000,000")):
        hub.pull("ada/digits")
    assert published.bodies == 0


def test_a_repository_of_another_kind_is_refused(hub_server: HubServer):
    hub_server.add("bob/bert", {"pytorch_model.bin": b"\x80\x04", "config.json": b"{}"})
    with pytest.raises(ValueError, match=mentions("bob/bert model.safetensors")):
        hub.pull("bob/bert")
    hub_server.add("bob/bert", {"model.safetensors": b"12345678", "config.json": b'{"a": 1}'})
    with pytest.raises(ValueError, match=mentions("JSON")):
        hub.pull("bob/bert")
    assert hub.cached_models() == {}


def test_weights_that_do_not_fit_their_configuration_are_refused(
    published: HubServer, models: Path
):
    repository = published.model("ada/digits")
    other = (models / "dcgan-digits" / "model.safetensors").read_bytes()
    repository.commit({**repository.head, "model.safetensors": other})
    with pytest.raises(ValueError, match=mentions("config.json")):
        hub.from_pretrained("ada/digits")


def test_refusals_of_the_hub_are_sentences(published: HubServer):
    published.add("bob/secret", {"config.json": b"{}"}, private=True)
    published.add("bob/gated", {"config.json": b"{}"}, gated=True)
    cases = {
        "ada/none": "ada/none",
        "bob/secret": "bob/secret",
        "bob/gated": "bob/gated access",
        "ada/digits@v2": "ada/digits v2",
        "ada": "user/repo ada",
        "../etc": "user/repo ../etc",
        "ada/--x": "user/repo ada/--x",
    }
    for name, named in cases.items():
        for token in (None, "hf_writer"):
            with pytest.raises(ValueError, match=mentions(named)) as told:
                hub.pull(name, token=token)
            assert "\n" not in str(told.value)
    with pytest.raises(ValueError, match=mentions("token")):
        hub.pull("ada/digits", token="hf_wrong")


@pytest.mark.parametrize(
    ("status", "named"),
    [
        (503, "503 ada/other"),
        (429, "Hub"),
        (418, "ada/other teapot"),
    ],
)
def test_a_hub_that_is_busy_says_so_and_what_was_pulled_stays(
    published: HubServer, status: int, named: str
):
    folder = hub.pull("ada/digits")
    published.busy = Refused(status, message="I am a teapot.")
    with pytest.raises(ValueError, match=mentions(named)):
        hub.pull("ada/other")
    if status == 503:
        assert hub.pull("ada/digits") == folder
    assert hub.cached_path("ada/digits") == folder


def push(models: Path, repo: str, token: str | None) -> hub.Published:
    directory = models / "gan-digits"
    card = cards.render(checkpoint.load_manifest(directory), repo)
    return hub.push(directory, repo, card, token=token)


def test_publishing_takes_a_token_that_may_write(hub_server: HubServer, models: Path):
    cases = {
        None: "token",
        "hf_wrong": "token",
        "hf_reader": "token ada/digits",
        "hf_stranger": "token ada/digits",
        "hf_ü\n": "token",
    }
    for token, named in cases.items():
        with pytest.raises(ValueError, match=mentions(named)) as told:
            push(models, "ada/digits", token)
        assert not token or token not in str(told.value)
    assert not hub_server.repositories


def test_the_token_of_the_machine_is_used_where_no_other_is_given(
    hub_server: HubServer, models: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HF_TOKEN", "hf_writer")
    told = push(models, "ada/digits", None)
    assert told.url == f"{hub_server.address}/ada/digits"
    assert hub_server.model("ada/digits").refs["main"] == told.commit


def test_pushing_again_replaces_only_what_is_ours(published: HubServer, models: Path):
    repository = published.model("ada/digits")
    repository.commit({**repository.head, "own.txt": b"kept", "history.csv": b"old"})
    push(models, "ada/digits", "hf_writer")
    assert repository.head["own.txt"] == b"kept"
    assert repository.head["history.csv"] != b"old"
    published.add("ada/thesis", {"main.tex": b"years of work", "README.md": b"mine"})
    with pytest.raises(ValueError, match=mentions("ada/thesis")):
        push(models, "ada/thesis", "hf_writer")
    assert published.model("ada/thesis").head["README.md"] == b"mine"


def test_weights_that_the_hub_has_are_not_sent_twice(published: HubServer, models: Path):
    uploads = [path for method, path in published.asked if method == "PUT"]
    assert len(uploads) == 2  # weights and samples
    push(models, "ada/copy", "hf_writer")
    assert [path for method, path in published.asked if method == "PUT"] == uploads


def test_a_directory_without_a_model_is_not_published(
    hub_server: HubServer, models: Path, tmp_path: Path
):
    shutil.copy(models / "gan-digits" / "config.json", tmp_path)
    with pytest.raises(ValueError, match=mentions("model.safetensors")):
        hub.push(tmp_path, "ada/digits", "", token="hf_writer")
    with pytest.raises(ValueError, match=mentions("ada/digits")):
        push(models, "ada/digits@v1", "hf_writer")
    assert not hub_server.asked


def test_no_token_is_kept_anywhere(published: HubServer, tmp_path: Path):
    hub.pull("ada/digits", token="hf_writer")
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert not any(b"hf_writer" in path.read_bytes() for path in kept)
    assert "hf_writer" not in str(os.environ)
