"""The commands `app`, `push`, `pull`, `fetch` and `deploy`."""

from __future__ import annotations

import os
from pathlib import Path

from tyro.conf import Positional

from gan_studio.core.limits import MCP_VARIABLE, PUBLIC_VARIABLE
from gan_studio.studio import Studio, hub, publish, registry, terms


def app(*, public: bool = False, mcp: bool = False) -> None:
    """Start the studio in a browser, the same as `python app.py`.

    Args:
        public: public mode with limits for each visitor, see docs/hub.md
        mcp: also offer the endpoints as tools of an MCP server, see docs/api.md
    """
    from gan_studio.ui import launch  # gradio takes seconds to import

    if public:
        os.environ[PUBLIC_VARIABLE] = "1"
    if mcp:
        os.environ[MCP_VARIABLE] = "true"
    launch()


def push(model: Positional[str], repo: Positional[str], /, *, private: bool = False) -> None:
    """Publish a model on the Hugging Face Hub, with the token of `hf auth login`.

    Args:
        model: name or directory of a model
        repo: user/repo, which is created if it does not exist
        private: create a private repository
    """
    directory = Studio().library.resolve(model)
    repository = publish.publish(directory, repo, private=private or None)
    print(f"{repository.url} (commit {repository.commit})")


def pull(repo: Positional[str], /) -> None:
    """Download or update a model from the Hub; its name is user/repo.

    Args:
        repo: user/repo, or user/repo@revision for a branch, a tag or a commit
    """
    directory = hub.pull(repo)
    print(f"{hub.Address.of(repo)} is in {directory}.")


def fetch(source: Positional[str] = terms.HUB_NAMES["celeba"], /) -> None:
    """Download CelebA's faces from the Hub into the data folder for `--dataset celeba`.

    Args:
        source: user/repo or user/repo@revision: a data set of image files or parquet tables
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
    """Deploy the studio as a Hugging Face Space.

    Args:
        repo: user/name of the Space, which is created if it does not exist
        folder: a checkout of GAN Studio
        hardware: cpu-basic, zero-a10g (ZeroGPU), t4-small …; by default that of the Space
        private: create a private Space
    """
    space = hub.deploy(repo, folder, hardware=hardware, private=private or None)
    print(f"{space.url} (commit {space.commit})")
