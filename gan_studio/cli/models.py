"""The commands `models`, which lists them, and `card`, which writes their cards."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from tyro.conf import Positional

from gan_studio.studio import TRANSLATIONS, VOCODERS, Studio


def models() -> None:
    """List all models: name, family, data set, size, parameters, FID."""
    table = Table("name", "family", "data set", "size", "parameters", "FID", box=None)
    studio, errors = Studio(), list[str]()
    for name, manifest in studio.library.all_manifests(errors.append).items():
        if manifest.family in VOCODERS:
            table.add_row(name, manifest.family, manifest.dataset, "sound", "", "")
            continue
        translates = manifest.family in TRANSLATIONS
        try:
            entry = (studio.translator_info if translates else studio.model_info)(name)
        except ValueError as error:
            errors.append(str(error))
            continue
        size, parameters = f"{entry.image_size} px", f"{entry.parameters:,}"
        fid = format_fid(manifest.metrics)
        table.add_row(entry.name, entry.family, entry.dataset, size, parameters, fid)
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    for why in errors:
        print(why, file=sys.stderr)


def format_fid(metrics: Mapping[str, Any]) -> str:
    """The FID with its features and sample count; empty if it was not measured."""
    if "fid" not in metrics:
        return ""
    features, count = metrics.get("features", "unknown features"), metrics.get("count", "?")
    return f"{metrics['fid']} ({features}, {count} samples)"


def card(models: Positional[tuple[str, ...]], /, *, nearest: bool = False) -> None:
    """Write models' cards, README.md, anew, with the curve of the distance during the training.

    Args:
        models: names or directories
        nearest: tell how near three samples come to the training pictures, and show these where
            their terms allow it; takes minutes
    """
    studio = Studio()
    if not models:
        raise ValueError("Say whose cards to write: names or directories of models.")
    for model in models:
        print(studio.write_card(model, nearest=nearest), flush=True)
