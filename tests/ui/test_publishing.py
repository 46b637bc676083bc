"""Whose token a publishing takes: the visitor's, or that of who signed in, and no other."""

from __future__ import annotations

import inspect
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import gradio.oauth
import pytest
from hub_server import HubServer
from toy_jobs import finished, order

from gan_studio.core.limits import PUBLIC
from gan_studio.studio.jobs import Ticket
from gan_studio.studio.studio import Studio
from gan_studio.ui import build
from gan_studio.ui.train.layout import ViewState

SIGNED = gr.OAuthToken(token="hf_writer", scope="contribute-repos", expires_at=2**31)


@pytest.fixture
def studio(models: Path, tmp_path: Path) -> Iterator[Studio]:
    studio = Studio(models, "cpu", tmp_path / "runs", PUBLIC)
    yield studio
    studio.jobs.close()


@pytest.fixture
def trained(studio: Studio) -> Ticket:
    ticket = studio.jobs.start(order())
    finished(studio.jobs, ticket.id)
    return ticket


def handler(page: gr.Blocks, name: str) -> Callable[..., Any]:
    """The function that the Publish button calls."""
    (found,) = [fn.fn for fn in page.fns.values() if getattr(fn.fn, "__name__", "") == name]
    assert found
    return found


def asked(ticket: Ticket, repo: str = "ada/toy", owner: str | None = None) -> list[Any]:
    owners = {ticket.id: ticket.owner if owner is None else owner}
    return [ViewState(ticket.id), {"watched": ticket.id, "owners": owners}, repo, False]


def test_on_a_space_a_visitor_can_sign_in_instead(
    hub_server: HubServer, studio: Studio, trained: Ticket, monkeypatch: pytest.MonkeyPatch
):
    space = {"SYSTEM": "spaces", "SPACE_ID": "somebody/studio", "OAUTH_CLIENT_ID": "studio"}
    provider = {"OAUTH_CLIENT_SECRET": "x", "OAUTH_SCOPES": "openid"}
    for name, value in space.items():
        monkeypatch.setenv(name, value)
    for name, value in {**space, **provider, "OPENID_PROVIDER_URL": hub_server.address}.items():
        monkeypatch.setattr(gradio.oauth, name, value, raising=False)  # read when it is imported
    monkeypatch.setenv("HF_TOKEN", "hf_writer")
    page = build(studio)
    assert page.expects_oauth
    publish = handler(page, "by_sign_in")
    hints = inspect.get_annotations(publish, eval_str=True)
    assert gr.OAuthToken | None in hints.values()  # by which gradio knows what to hand in
    assert "oken" in publish(*asked(trained), "", None)[0]
    assert not hub_server.repositories
    assert f"{hub_server.address}/ada/toy" in publish(*asked(trained), "", SIGNED)[0]
    assert hub_server.model("ada/toy").head["config.json"]


def test_elsewhere_there_is_no_sign_in(studio: Studio, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OAUTH_CLIENT_ID", raising=False)
    assert not build(studio).expects_oauth


def test_only_who_trained_a_model_publishes_it(
    hub_server: HubServer, studio: Studio, trained: Ticket
):
    publish = handler(build(studio), "by_token")
    for given, named in (
        ([*asked(trained, owner="guessed"), "hf_writer"], trained.id),
        ([ViewState("gan-digits"), {}, "ada/toy", False, "hf_writer"], "gan-digits"),
        ([ViewState("../gan"), {}, "ada/toy", False, "hf_writer"], "../gan"),
        ([*asked(trained, repo="<b>"), "hf_writer"], "&lt;b&gt;"),
        ([*asked(trained), " "], "token"),
    ):
        told, token = publish(*given)
        assert named in told
        assert token == ""
    assert not hub_server.asked


@pytest.mark.parametrize("token", ["hf_writer", "hf_refused"])
def test_a_token_is_used_once_and_then_nowhere(
    hub_server: HubServer,
    studio: Studio,
    trained: Ticket,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    token: str,
):
    page = build(studio)
    with caplog.at_level(logging.DEBUG):
        told = handler(page, "by_token")(*asked(trained), token)
    assert (("model", "ada/toy") in hub_server.repositories) == (token == "hf_writer")
    assert token not in str(told) + caplog.text + "".join(capfd.readouterr())
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if token.encode() in path.read_bytes()]
    assert token not in os.environ.values()


def test_the_token_is_emptied_whatever_goes_wrong(studio: Studio, trained: Ticket):
    publish = handler(build(studio), "by_token")
    nonsense: Any = 5  # no text, as no person types: a defect rather than a mistake
    said, token = publish(*asked(trained, nonsense), "hf_writer")
    assert token == ""
    assert said
    assert "hf_writer" not in said
