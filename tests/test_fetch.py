"""Faces from a stand-in of the Hub, through the real huggingface_hub."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import torch
from hub_server import HubServer
from mentions import mentions
from PIL import Image
from test_celeba import table, wanted
from test_cli import refused

from gan_studio.cli.main import main
from gan_studio.datasets import celeba, registry
from gan_studio.datasets.celeba import ATTRIBUTES
from gan_studio.models import hub
from gan_studio.models.hub import datasets


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of data that has nothing yet."""
    monkeypatch.setenv("GAN_STUDIO_DATA", str(tmp_path / "data"))
    monkeypatch.delenv(celeba.CELEBA_VARIABLE, raising=False)
    return tmp_path / "data"


def face(i: int) -> bytes:
    """A JPEG whose red says which it is."""
    buffer = io.BytesIO()
    Image.new("RGB", (9, 11), (10 * i, 0, 0)).save(buffer, "JPEG", quality=100)
    return buffer.getvalue()


def files(count: int = 20) -> dict[str, bytes]:
    return {f"data/train/{i:06}.jpg": face(i) for i in range(count)}


def parquet(rows: range, **columns: list) -> bytes:
    """A table as the Hub writes data sets of pictures."""
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet as writer  # pyright: ignore[reportMissingImports]

    pictures = [{"bytes": face(i), "path": None} for i in rows]
    buffer = io.BytesIO()
    writer.write_table(
        pyarrow.table({"celeb_id": list(rows), "image": pictures, **columns}), buffer
    )
    return buffer.getvalue()


def attributes(rows: range) -> dict[str, list]:
    shown = wanted(rows)
    return {name: shown[:, j].tolist() for j, name in enumerate(ATTRIBUTES)}


def test_pictures_that_lie_there_as_files_come_with_their_attributes(
    hub_server: HubServer, root, capsys
):
    hub_server.dataset("ada/faces", {**files(), "list_attr_celeba.csv": table("csv").encode()})
    main(["fetch", "ada/faces"])
    terms, came = capsys.readouterr().out.splitlines()
    assert "non-commercial research only" in terms
    assert came == f"20 faces of ada/faces are in {root / 'celeba'}."
    train, test = registry.load("celeba", 8), registry.load("celeba", 8, train=False)
    assert train.images[:, 0, 4, 4].tolist() == pytest.approx([10 * i for i in range(18)], abs=2)
    assert torch.equal(registry.attributes("celeba", test), wanted(range(18, 20)))
    assert registry.is_available("celeba")


def test_pictures_of_several_folders_do_not_take_each_others_names(hub_server: HubServer, root):
    twice = {path.replace("train", part): v for part in "ab" for path, v in files(8).items()}
    hub_server.dataset("ada/faces", twice)
    assert hub.fetch("ada/faces", root) == 16


def test_pictures_in_parquet_tables_come_with_their_attributes(hub_server: HubServer, root):
    parts = range(12), range(12, 20)
    tables = {
        f"data/train-{i}.parquet": parquet(rows, **attributes(rows)) for i, rows in enumerate(parts)
    }
    first = parquet(range(3), **attributes(range(3)))
    hub_server.dataset("ada/faces", {"data/test-0.parquet": first, **tables})
    assert hub.fetch("ada/faces", root) == 23
    train = registry.load("celeba", 8)
    numbers = [*range(20), 0]  # what is for training comes first
    assert train.images[:, 0, 4, 4].tolist() == pytest.approx([10 * i for i in numbers], abs=2)
    assert torch.equal(registry.attributes("celeba", train), wanted(range(20))[numbers])


def test_no_more_pictures_are_taken_than_wanted(hub_server: HubServer, root, monkeypatch):
    monkeypatch.setattr(datasets, "MAX_PICTURES", 15)
    hub_server.dataset(
        "ada/faces", {"a.parquet": parquet(range(20)), "b.parquet": parquet(range(9))}
    )
    assert hub.fetch("ada/faces", root) == 15
    assert not any("b.parquet" in path for _, path in hub_server.asked)
    with pytest.raises(ValueError, match=mentions("attributes")):
        registry.attributes("celeba", registry.load("celeba", 8))


REFUSED = {
    "ada/faces": None,
    "ada/faces PNG parquet": {"run.py": b"print()"},
    "ada/faces 9": files(9),
    "ada/faces 21 20": files(21),
    "a.parquet ada/faces": {"a.parquet": b"PAR1"},
}


@pytest.mark.parametrize("named", REFUSED)
def test_what_cannot_be_had_is_told_of_in_a_sentence_and_nothing_is_left(
    hub_server: HubServer, root, monkeypatch, named
):
    if named.startswith("a.parquet"):
        pytest.importorskip("pyarrow")
    monkeypatch.setattr(datasets, "MAX_PICTURES", 20)
    if REFUSED[named] is not None:
        hub_server.dataset("ada/faces", REFUSED[named])
    with pytest.raises(ValueError, match=mentions(named)):
        hub.fetch("ada/faces", root)
    assert not list(root.iterdir())


def test_tables_without_pictures_and_with_too_large_groups_are_refused(
    hub_server: HubServer, root, monkeypatch
):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet as writer  # pyright: ignore[reportMissingImports]

    writer.write_table(pyarrow.table({"text": ["no"]}), buffer := io.BytesIO())
    hub_server.dataset("ada/words", {"a.parquet": buffer.getvalue()})
    with pytest.raises(ValueError, match=mentions("a.parquet ada/words")):
        hub.fetch("ada/words", root)
    hub_server.dataset("ada/faces", {"a.parquet": parquet(range(20))})
    monkeypatch.setattr(datasets, "MAX_GROUP_BYTES", 100)
    with pytest.raises(ValueError, match=mentions("a.parquet")):
        hub.fetch("ada/faces", root)


def test_what_is_there_already_is_kept(hub_server: HubServer, root, capsys):
    (root / "celeba").mkdir(parents=True)
    said = refused(capsys, "fetch", "ada/faces")
    assert str(root / "celeba") in said
