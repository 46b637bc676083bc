"""Publish models on the Hub: a model repository, written in one commit."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gan_studio.gans import checkpoint
from gan_studio.models.hub.address import MAIN, Address
from gan_studio.models.hub.client import LIBRARY, writer
from gan_studio.models.hub.errors import translate_errors
from gan_studio.models.hub.pull import MAX_FILE_BYTES, REQUIRED_FILES

if TYPE_CHECKING:
    from huggingface_hub import HfApi

FILES = [name for name in MAX_FILE_BYTES if name != checkpoint.CARD]
"""files that are published if they exist; the card is rewritten"""


class Published(NamedTuple):
    """Address and commit of a published repository."""

    url: str
    commit: str


def push(
    directory: Path,
    repo: str,
    card: str,
    *,
    private: bool | None = None,
    token: str | None = None,
    exclude: Container[str] = (),
) -> Published:
    """Publish a model directory as `user/repo`, which is created if it does not exist.

    `card` becomes README.md; files named in `exclude` are not published. Without `token` the
    machine's token is used. ValueError, with nothing written, if that fails.
    """
    from huggingface_hub import CommitOperationAdd

    address = target_address(repo)
    for name in REQUIRED_FILES:
        if not (directory / name).is_file():
            raise ValueError(f"{directory.name} holds no model to publish: {name} is missing.")
    api = writer(token)
    with translate_errors(address):
        api.create_repo(address.repo, private=private, exist_ok=True)
        _require_ours(api, address)
        names = [name for name in FILES if (directory / name).is_file()]
        names = [name for name in names if name not in exclude]
        files = [CommitOperationAdd(name, directory / name) for name in names]
        files.append(CommitOperationAdd(checkpoint.CARD, card.encode()))
        title = f"{directory.name}, by GAN Studio"
        commit = api.create_commit(address.repo, files, commit_message=title)
    return Published(f"{api.endpoint}/{address.repo}", commit.oid)


def target_address(repo: str) -> Address:
    """The repository to write to; ValueError for a name with a revision."""
    address = Address.of(repo)
    if address.revision != MAIN:
        raise ValueError(f"What is published gets a revision of its own; say {address.repo} alone.")
    return address


def _require_ours(api: HfApi, address: Address) -> None:
    """ValueError if the repository contains files that are not of GAN Studio."""
    info = api.model_info(address.repo)
    others = {file.rfilename for file in info.siblings or ()} - {".gitattributes", checkpoint.CARD}
    if others and info.library_name != LIBRARY:
        raise ValueError(f"{address.repo} contains other files already; give another name.")
