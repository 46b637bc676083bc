"""Models to and from a stand-in of the Hub, through the real huggingface_hub."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import torch
import yaml
from depots import Depot, Refused
from huggingface_hub import constants

from gan_studio.gans import checkpoint
from gan_studio.models import card as cards
from gan_studio.models import hub, publish


@pytest.fixture
def published(depot: Depot, models: Path) -> Depot:
    """With ada/digits, one of the toys."""
    directory = models / "gan-digits"
    card = cards.render(checkpoint.load_manifest(directory), "ada/digits")
    hub.push(directory, "ada/digits", card, token="hf_writer")
    return depot


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


def test_what_is_pushed_is_an_ordinary_model_repository(published: Depot, models: Path):
    there, here = published.model("ada/digits").head, files(models / "gan-digits")
    names = ("config.json", "model.safetensors", "history.csv", "samples.png")
    assert {name: there[name] for name in names} == {name: here[name] for name in names}
    assert there.keys() == {*names, "README.md", ".gitattributes"}  # and no state of the training
    assert len(published.model("ada/digits").commits) == 2  # created, then all in one
    said = yaml.safe_load(there["README.md"].decode().split("---\n")[1])
    assert said["library_name"] == "gan-studio"


def test_what_was_pushed_comes_back_the_same(published: Depot, models: Path):
    folder = hub.pull("ada/digits")
    assert files(folder) == {
        k: v for k, v in published.model("ada/digits").head.items() if k != ".gitattributes"
    }
    ours = checkpoint.load_model(models / "gan-digits")[0]
    z = torch.randn(2, 12)
    assert torch.equal(hub.from_pretrained("ada/digits").generator(z), ours.generator(z))


@pytest.mark.parametrize("family", ["gan", "cgan", "stylegan2"])
def test_the_two_lines_of_the_card_run(depot: Depot, models: Path, family: str):
    publish.publish(models / f"{family}-digits", "ada/digits", token="hf_writer")
    card = depot.model("ada/digits").head["README.md"].decode()
    code = card.split("```python\n")[1].split("```")[0]
    known: dict[str, object] = {}
    exec(code, known)
    assert isinstance(known["images"], torch.Tensor)
    assert known["images"].shape == (16, 1, 16, 16)


def test_sliders_by_attribute_go_along(depot: Depot, models: Path, tmp_path: Path):
    named = tmp_path / "named"
    shutil.copytree(models / "gan-digits", named)
    for part in (checkpoint.SLIDERS, checkpoint.DIRECTIONS):
        (named / part).write_bytes(b"{}")
    publish.publish(named, "ada/named", token="hf_writer")
    assert {checkpoint.SLIDERS, checkpoint.DIRECTIONS} <= files(hub.pull("ada/named")).keys()


def test_a_second_pull_moves_no_file(published: Depot):
    first, bodies = hub.pull("ada/digits"), published.bodies
    assert bodies == 5
    assert hub.pull("ada/digits") == first
    assert published.bodies == bodies


def test_a_new_commit_brings_only_what_changed(published: Depot):
    first, bodies = hub.pull("ada/digits"), published.bodies
    repository = published.model("ada/digits")
    repository.commit({**repository.head, "history.csv": b"step\n1\n"})
    second = hub.pull("ada/digits")
    assert second != first
    assert (second / "history.csv").read_bytes() == b"step\n1\n"
    assert published.bodies == bodies + 1


def test_a_revision_stays_what_it_was(published: Depot):
    repository = published.model("ada/digits")
    old = repository.refs["main"]
    repository.commit({**repository.head, "history.csv": b"step\n1\n"})
    pinned = hub.pull(f"ada/digits@{old}")
    assert pinned.name == old
    assert (pinned / "history.csv").read_bytes() != b"step\n1\n"
    assert hub.cached_path(f"ada/digits@{old}") == pinned
    assert hub.cached_path("ada/digits") is None  # the newest was never asked for


def test_without_a_network_what_was_pulled_is_still_there(
    published: Depot, monkeypatch: pytest.MonkeyPatch
):
    folder = hub.pull("ada/digits")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert hub.pull("ada/digits") == folder
    assert hub.cached_models() == {"ada/digits": folder}
    with pytest.raises(
        ValueError, match="HF_HUB_OFFLINE is set, and ada/other is not on this machine"
    ):
        hub.pull("ada/other")


def test_a_hub_that_is_gone_is_told_in_a_sentence(depot: Depot, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(ValueError, match=r"The Hub cannot be reached \(.*\), and ada/x is not on"):
        hub.pull("ada/x")


def test_only_files_that_a_model_consists_of_are_brought(published: Depot):
    repository = published.model("ada/digits")
    more = {"pytorch_model.bin": b"\x80\x04pickle", "sub/model.safetensors": b"", "run.py": b"1"}
    repository.commit({**repository.head, **more})
    names = {path.name for path in hub.pull("ada/digits").rglob("*")}
    assert names == {"config.json", "model.safetensors", "history.csv", "samples.png", "README.md"}


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "samples.png"])
def test_a_file_that_is_too_large_is_refused_before_a_byte_comes(published: Depot, name: str):
    published.claimed[name] = 10**12
    with pytest.raises(ValueError, match=f"refused: its {name} has 1,000,000,000,000 bytes"):
        hub.pull("ada/digits")
    assert published.bodies == 0


def test_a_repository_of_another_kind_is_refused(depot: Depot):
    depot.add("bob/bert", {"pytorch_model.bin": b"\x80\x04", "config.json": b"{}"})
    with pytest.raises(ValueError, match=r"not a model of GAN Studio: model.safe"):
        hub.pull("bob/bert")
    depot.add("bob/bert", {"model.safetensors": b"12345678", "config.json": b'{"a": 1}'})
    with pytest.raises(ValueError, match="not the JSON that GAN Studio writes"):
        hub.pull("bob/bert")
    assert hub.cached_models() == {}


def test_weights_that_do_not_fit_their_configuration_are_refused(published: Depot, models: Path):
    repository = published.model("ada/digits")
    other = (models / "dcgan-digits" / "model.safetensors").read_bytes()
    repository.commit({**repository.head, "model.safetensors": other})
    with pytest.raises(ValueError, match=r"does not fit its config.json"):
        hub.from_pretrained("ada/digits")


def test_refusals_of_the_hub_are_sentences(published: Depot):
    published.add("bob/secret", {"config.json": b"{}"}, private=True)
    published.add("bob/gated", {"config.json": b"{}"}, gated=True)
    cases = {
        "ada/none": "There is no model ada/none on the Hub, or it is private",
        "bob/secret": "There is no model bob/secret on the Hub, or it is private",
        "bob/gated": "bob/gated is gated: ask for access",
        "ada/digits@v2": "ada/digits has no revision v2 on the Hub",
        "ada": "A name on the Hub must be user/repo or user/repo@revision, not 'ada'",
        "../etc": "A name on the Hub must be",
        "ada/--x": "A name on the Hub must be",
    }
    for name, sentence in cases.items():
        for token in (None, "hf_writer"):
            with pytest.raises(ValueError, match=sentence) as told:
                hub.pull(name, token=token)
            assert "\n" not in str(told.value)
    with pytest.raises(ValueError, match="The Hub does not accept this token"):
        hub.pull("ada/digits", token="hf_wrong")


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (503, "The Hub answers with status 503; try again later, and ada/other is not on this"),
        (429, "The Hub has had too many requests from here; wait a few minutes"),
        (418, "The Hub refuses ada/other: I am a teapot"),
    ],
)
def test_a_hub_that_is_busy_says_so_and_what_was_pulled_stays(
    published: Depot, status: int, sentence: str
):
    folder = hub.pull("ada/digits")
    published.busy = Refused(status, message="I am a teapot.")
    with pytest.raises(ValueError, match=sentence):
        hub.pull("ada/other")
    if status == 503:
        assert hub.pull("ada/digits") == folder
    assert hub.cached_path("ada/digits") == folder


def push(models: Path, repo: str, token: str | None) -> hub.Published:
    directory = models / "gan-digits"
    card = cards.render(checkpoint.load_manifest(directory), repo)
    return hub.push(directory, repo, card, token=token)


def test_publishing_takes_a_token_that_may_write(depot: Depot, models: Path):
    cases = {
        None: "Publishing needs a token with write access: log in with `hf auth login`",
        "hf_wrong": "The Hub does not accept this token",
        "hf_reader": "This token may not do that with ada/digits",
        "hf_stranger": "This token may not do that with ada/digits",
        "hf_ü\n": "The token must be",
    }
    for token, sentence in cases.items():
        with pytest.raises(ValueError, match=sentence) as told:
            push(models, "ada/digits", token)
        assert not token or token not in str(told.value)
    assert not depot.repositories


def test_the_token_of_the_machine_is_used_where_no_other_is_given(
    depot: Depot, models: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HF_TOKEN", "hf_writer")
    told = push(models, "ada/digits", None)
    assert told.url == f"{depot.address}/ada/digits"
    assert depot.model("ada/digits").refs["main"] == told.commit


def test_pushing_again_replaces_only_what_is_ours(published: Depot, models: Path):
    repository = published.model("ada/digits")
    repository.commit({**repository.head, "own.txt": b"kept", "history.csv": b"old"})
    push(models, "ada/digits", "hf_writer")
    assert repository.head["own.txt"] == b"kept"
    assert repository.head["history.csv"] != b"old"
    published.add("ada/thesis", {"main.tex": b"years of work", "README.md": b"mine"})
    with pytest.raises(ValueError, match="ada/thesis contains other files already"):
        push(models, "ada/thesis", "hf_writer")
    assert published.model("ada/thesis").head["README.md"] == b"mine"


def test_weights_that_the_hub_has_are_not_sent_twice(published: Depot, models: Path):
    uploads = [path for method, path in published.asked if method == "PUT"]
    assert len(uploads) == 2  # weights and samples
    push(models, "ada/copy", "hf_writer")
    assert [path for method, path in published.asked if method == "PUT"] == uploads


def test_a_directory_without_a_model_is_not_published(depot: Depot, models: Path, tmp_path: Path):
    shutil.copy(models / "gan-digits" / "config.json", tmp_path)
    with pytest.raises(ValueError, match=r"no model to publish: model.safetensors is missing"):
        hub.push(tmp_path, "ada/digits", "", token="hf_writer")
    with pytest.raises(ValueError, match="say ada/digits alone"):
        push(models, "ada/digits@v1", "hf_writer")
    assert not depot.asked


def test_no_token_is_kept_anywhere(published: Depot, tmp_path: Path):
    hub.pull("ada/digits", token="hf_writer")
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert not any(b"hf_writer" in path.read_bytes() for path in kept)
    assert "hf_writer" not in str(os.environ)
