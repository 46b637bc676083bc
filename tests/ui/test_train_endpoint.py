"""The endpoints `/train`, `/watch` and `/steer`, through gradio's own client."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from gan_studio.studio.studio import Studio

TOY = {"image_size": 16, "latent_dim": 12, "batch_size": 16, "width": 8}
LONG = {"family": "gan", "steps": 100_000, "settings": TOY}
WAIT = 120
"""seconds; a machine may have other things to do"""


@pytest.fixture(scope="module")
def client(train_address: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    folder = str(tmp_path_factory.mktemp("client"))
    return Client(train_address, verbose=False, download_files=folder)


class Training:
    """One that was started, and what it says."""

    def __init__(self, client: Client, **asked: Any) -> None:
        self.client, self.job = client, client.submit(**asked, api_name="/train")
        self.told: Iterator[tuple[str | None, dict[str, Any]]] = iter(self.job)
        _, self.first = next(self.told)
        self.id, self.owner = self.first["id"], self.first["owner"]

    def steer(self, action: str = "", owner: str | None = None, **changes: Any) -> dict[str, Any]:
        owner = self.owner if owner is None else owner
        return self.client.predict(self.id, owner, action, changes, api_name="/steer")

    def until(self, state: str = "", step: int = 0) -> tuple[str | None, dict[str, Any]]:
        """What is said once it has come so far."""
        end = time.monotonic() + WAIT
        for path, status in self.told:
            if state in ("", status["state"]) and status["step"] >= step:
                return path, status
            assert time.monotonic() < end, status
        raise AssertionError(f"It ended before it was {state} at step {step}.")

    def end(self) -> dict[str, Any]:
        self.steer("stop")
        return list(self.told)[-1][1]


@pytest.fixture
def training(client: Client) -> Iterator[Training]:
    """One that goes on until somebody stops it."""
    begun = Training(client, **LONG)
    yield begun
    begun.steer("stop")


def test_a_training_streams_samples_and_numbers_and_becomes_a_model(client, trainings):
    begun = Training(client, family="gan", dataset="digits", steps=40, settings=TOY)
    *_, (path, status) = begun.told
    assert (status["state"], status["step"], status["total"]) == ("finished", 40, 40)
    assert {"generator", "discriminator", "generator_gradient"} <= set(status["losses"])
    with Image.open(str(path)) as grid:
        assert grid.size == (8 * 18 - 2, 8 * 18 - 2)
    assert begun.id in trainings.models()
    assert trainings.entry(begun.id).image_size == 16


def test_it_goes_on_when_nobody_watches_and_is_watched_again(client, training):
    _, before = training.until("running", step=20)
    training.job.cancel()
    watched = client.submit(training.id, api_name="/watch")
    for path, status in watched:
        assert "owner" not in status
        if path and status["step"] > before["step"]:
            break
    watched.cancel()


def test_a_training_is_paused_stepped_changed_and_stopped_by_its_owner(training):
    training.until("running", step=5)
    training.steer("pause")
    _, paused = training.until("paused")
    training.steer("step")
    _, stepped = training.until(step=paused["step"] + 1)
    assert stepped["step"] == paused["step"] + 1
    training.steer("discriminator", learning_rate=0.0005)
    training.steer("go_on")
    _, going = training.until("running", step=stepped["step"] + 10)
    assert going["turns"] == "discriminator"
    assert {"learning_rate": 0.0005}.items() <= {
        k: v for change in going["changes"] for k, v in change.items()
    }.items()
    assert training.end()["state"] == "stopped"


def test_a_training_is_stopped_by_the_stop_of_paintings_too(client, training):
    training.until("running", step=5)
    with pytest.raises(AppError, match="Only who started"):
        client.predict(training.id, "somebody", api_name="/stop")
    assert client.predict(training.id, training.owner, api_name="/stop") == {
        "stopped": [training.id]
    }
    assert list(training.told)[-1][1]["state"] == "stopped"


def test_what_was_stopped_is_resumed_where_it_was(client, training):
    training.until("running", step=30)
    step = training.end()["step"]
    training.steer("resume")
    watched = client.submit(training.id, api_name="/watch")
    going = (told for _, told in watched if told["state"] == "running")
    assert next(told for told in going if told["step"])["step"] >= step


@pytest.mark.parametrize("action", ["pause", "go_on", "step", "stop", "resume", "both"])
def test_a_stranger_steers_nothing(training, action):
    for owner in ("", "somebody"):
        with pytest.raises(AppError, match=f"Only who started {training.id} can steer it"):
            training.steer(action, owner=owner)


def test_a_second_training_waits_in_line_and_can_leave_it(client, training):
    training.until("running")
    second = Training(client, **LONG)
    assert (second.first["state"], second.first["place"]) == ("waiting", 1)
    assert second.end()["state"] == "stopped"


def test_own_pictures_are_learned_from(client, tmp_path, trainings):
    rng = np.random.default_rng(0)
    names = []
    for i in range(6):
        pixels = rng.integers(0, 255, (20 + i, 24, 3), dtype=np.uint8)
        names.append(tmp_path / f"{i}.png")
        Image.fromarray(pixels).save(names[-1])
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        for path in names[2:]:
            archive.write(path, path.name)
    files = [handle_file(str(path)) for path in (*names[:2], tmp_path / "more.zip")]
    begun = Training(client, pictures=files, family="gan", steps=3, settings=TOY, flips=True)
    *_, (_, status) = begun.told
    assert status["state"] == "finished", status
    assert trainings.library.manifest(begun.id).channels == 3


def test_a_training_begins_with_a_model_of_its_family(client, trainings):
    begun = Training(client, family="dcgan", steps=2, settings=TOY, start_from="dcgan-digits")
    assert list(begun.told)[-1][1]["state"] == "finished"


BAD = [
    ({"family": "vae"}, "There is no family 'vae'"),
    ({"dataset": "/etc"}, "There is no data set '/etc'"),
    ({"dataset": "cats"}, "There is no data set 'cats'"),
    ({"steps": 0}, "The budget in steps must be a whole number from 1 to 100000, not 0"),
    ({"steps": 2.5}, "The budget in steps must be a whole number"),
    ({"steps": 10**9}, "The budget in steps must be a whole number"),
    ({"steps": None, "minutes": -1}, "The budget in minutes must be a number from 0.05"),
    ({"settings": {"learning_rate": "nan"}}, "learning_rate must be a number"),
    ({"settings": {"learning_rate": -1}}, "learning_rate must be a number from 0"),
    ({"settings": {"clip": 1}}, "'clip'"),
    (
        {"settings": {"objective": "x"}},
        "objective must be one of non-saturating, minimax, not 'x'.",
    ),
    ({"settings": {"batch_size": 1}}, "batch_size must be a whole number from 2"),
    ({"settings": [1]}, "Settings must be names with values"),
    ({"start_from": "../gan"}, "There is no model '../gan'"),
]


@pytest.mark.parametrize(("more", "sentence"), BAD, ids=str)
def test_a_senseless_order_is_told_in_a_sentence(client, more, sentence):
    with pytest.raises(AppError) as error:
        client.predict(**{"family": "gan", "steps": 3, **more}, api_name="/train")
    assert sentence in str(error.value)
    assert "Traceback" not in str(error.value)


def test_a_senseless_wish_is_told_in_a_sentence(client, training):
    training.until("running")
    with pytest.raises(AppError, match="There is no action 'fly'; there are pause, go_on"):
        training.steer("fly")
    with pytest.raises(AppError, match="'width'"):
        training.steer(width=9)
    with pytest.raises(AppError, match="learning_rate must be a number"):
        training.steer(learning_rate="fast")
    with pytest.raises(AppError, match="There is no training 'x'"):
        client.predict("x", "", "stop", {}, api_name="/steer")
    with pytest.raises(AppError, match="There is no training 'x'"):
        client.predict("x", api_name="/watch")


def test_pictures_that_cannot_be_read_are_told_by_name_without_a_path(client, tmp_path):
    (tmp_path / "bad.png").write_text("no picture")
    files = [handle_file(str(tmp_path / "bad.png"))]
    with pytest.raises(AppError) as error:
        client.predict(family="gan", steps=3, pictures=files, api_name="/train")
    assert "bad.png" in str(error.value)
    assert "/" not in str(error.value).replace("and/or", "")


def test_every_argument_is_explained(client):
    told = client.view_api(return_format="dict")["named_endpoints"]
    for name, arguments in [
        ("/train", 8),
        ("/watch", 1),
        ("/steer", 4),
        ("/stop", 2),
    ]:
        assert len(told[name]["parameters"]) == arguments
        assert all(p["parameter_has_default"] for p in told[name]["parameters"])


def test_the_toys_are_still_there(trainings: Studio):
    assert {"gan-digits", "dcgan-digits"} <= set(trainings.models())
    assert Path(trainings.runs or "").is_dir()
