"""A model's directory onto the Hub, with a card that says how it came about and how to load it."""

from __future__ import annotations

from pathlib import Path

from gan_studio import cards, checkpoints, hub


def publish(
    directory: Path, repo: str, *, private: bool | None = None, token: str | None = None
) -> hub.Published:
    """Push a model as `user/repo`, as `hub.push`; ValueError with one sentence where it cannot."""
    card = cards.render(checkpoints.load_manifest(directory), hub.Address.of(repo).repo)
    return hub.push(directory, repo, card, private=private, token=token)
