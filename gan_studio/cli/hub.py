"""The commands that open the studio to others: `app`, and those of the Hub."""

from __future__ import annotations

import os
from pathlib import Path

from tyro.conf import Positional

from gan_studio.core.limits import MCP_VARIABLE, PUBLIC_VARIABLE
from gan_studio.studio import Studio, hub, publish, registry, terms


def app(*, public: bool = False, mcp: bool = False) -> None:
    """Open the studio in a browser: the same as `python app.py`.

    Args:
        public: strangers come: what each may ask for is limited, see docs/hub.md
        mcp: its endpoints are tools of an MCP server, too, see docs/api.md
    """
    from gan_studio.ui import launch  # gradio takes seconds to import

    if public:
        os.environ[PUBLIC_VARIABLE] = "1"
    if mcp:
        os.environ[MCP_VARIABLE] = "true"
    launch()


def push(model: Positional[str], repo: Positional[str], /, *, private: bool = False) -> None:
    """Publish a model as a repository of yours on the Hub; the token is that of `hf auth login`.

    Args:
        model: name of a model, or a directory that holds one
        repo: user/repo, which is created where there is none
        private: for nobody but you, if it is created
    """
    found = Studio().library.resolve(model)
    told = publish.publish(found, repo, private=private or None)
    print(f"{told.url} (commit {told.commit})")


def pull(repo: Positional[str], /) -> None:
    """Bring a model from the Hub to this machine, or what is new of it; its name is user/repo.

    Args:
        repo: user/repo, or user/repo@revision for a branch, a tag or a commit
    """
    directory = hub.pull(repo)
    print(f"{hub.Address.of(repo)} is in {directory}.")


def fetch(source: Positional[str] = terms.HUB_NAMES["celeba"], /) -> None:
    """Bring CelebA's faces from the Hub into the data folder, where `--dataset celeba` finds them.

    Args:
        source: user/repo or user/repo@revision, a data set of pictures or of parquet tables
    """
    print(f"Terms: {terms.TERMS['celeba']}")
    count = hub.fetch(source, registry.data_dir())
    print(f"{count:,} faces of {source} are in {registry.data_dir() / 'celeba'}.")


def deploy(
    repo: Positional[str],
    /,
    *,
    folder: Path = Path(),
    hardware: str | None = None,
    private: bool = False,
) -> None:
    """Put this studio onto a Space of yours, where it starts by itself, as a public page.

    Args:
        repo: user/name of the Space, which is created where there is none
        folder: a checkout of GAN Studio
        hardware: cpu-basic, zero-a10g (ZeroGPU), t4-small …; what the Space has, if nothing is said
        private: for nobody but you, if it is created
    """
    told = hub.deploy(repo, folder, hardware=hardware, private=private or None)
    print(f"{told.url} (commit {told.commit})")
