"""The command that brings data: faces from the Hub."""

from __future__ import annotations

from tyro.conf import Positional

from gan_studio import hub, registry, terms


def fetch(source: Positional[str] = terms.HUB_NAMES["celeba"], /) -> None:
    """Bring CelebA's faces from the Hub into the data folder, where `--dataset celeba` finds them.

    Args:
        source: user/repo or user/repo@revision, a data set of pictures or of parquet tables
    """
    print(f"Terms: {terms.TERMS['celeba']}")
    count = hub.fetch(source, registry.data_dir())
    print(f"{count:,} faces of {source} are in {registry.data_dir() / 'celeba'}.")
