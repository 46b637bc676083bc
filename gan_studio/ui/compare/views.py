"""A comparison as HTML: pictures in rows, numbers in a table, ideas folded away."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any, NamedTuple

from PIL import Image

from gan_studio.images.files import Picture
from gan_studio.studio import any_family, terms
from gan_studio.studio.compare import Comparison, Row, format_number
from gan_studio.studio.copies import NearestImages
from gan_studio.ui.image_cache import inline


class Column(NamedTuple):
    """A column of numbers."""

    key: str
    title: str
    form: str
    """how a number is written; empty for three digits"""
    hint: str


COLUMNS = (
    Column(
        "fid",
        "Fréchet distance",
        "",
        "Distance between the features of generated and real pictures; lower is better",
    ),
    Column(
        "kid",
        "Kernel distance",
        "",
        "Distance that the number of samples does not bias; lower is better",
    ),
    Column("precision", "Precision", ".2f", "Share of generated pictures that look real"),
    Column("recall", "Recall", ".2f", "Share of real pictures that the model could generate"),
    Column(
        "confident_share",
        "Confident share",
        ".0%",
        "Share that the digit classifier reads at a probability of 0.9 or more",
    ),
    Column("parameters", "Parameters", ",", "Number of the generator’s weights"),
    Column("milliseconds", "ms per picture", ".1f", "Median time of one picture on this machine"),
    Column("steps", "Steps", ",", "Updates of the generator"),
    Column(
        "minutes",
        "Training minutes",
        ",.0f",
        "Duration of the training on the machine where it ran",
    ),
)
BLANK = "–"


def grid(comparison: Comparison) -> str:
    """Pictures under their seeds and beside their models; each leads to the Explore tab."""
    heads = "".join(f'<th scope="col">{seed}</th>' for seed in comparison.seeds)
    rows = "".join(_pictures(row) for row in comparison.rows)
    style = f"--columns: {len(comparison.seeds)}"
    head = f'<thead><tr><th scope="col"><span class="unseen">Model</span></th>{heads}</tr></thead>'
    return f'<table style="{style}">{head}<tbody>{rows}</tbody></table>'


def table(comparison: Comparison) -> str:
    """The numbers; a press on a head sorts by it."""
    columns = [_head("Model", "Name of the model")]
    columns += [_head(c.title, c.hint) for c in COLUMNS]
    if not comparison.is_rankable:
        columns.append(_head("Measured by", "Metrics measured in different ways cannot be ranked"))
    rows = "".join(_line(row, features=not comparison.is_rankable) for row in comparison.rows)
    return f"<table><thead><tr>{''.join(columns)}</tr></thead><tbody>{rows}</tbody></table>"


def likeness(found: NearestImages) -> str:
    """A picture, and beside it the training pictures that are nearest, with their distances."""
    told = [f"{name}, {d:.1f} away" for name, d in zip(found.names, found.distances, strict=True)]
    cells = [_figure(found.picture, "this picture")]
    cells += [_figure(*cell) for cell in zip(found.nearest, told, strict=True)]
    smooth = terms.is_smooth(found.dataset, len(found.picture.getbands()))
    return f'<div class="album{" smooth" if smooth else ""}">{"".join(cells)}</div>'


def _figure(picture: Image.Image, told: str) -> str:
    name = escape(told)
    said = f"<figcaption>{name}</figcaption>"
    return f'<figure><img alt="{name}" src="{inline(picture)}">{said}</figure>'


def sentences(lines: Iterable[str]) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def ideas(families: Iterable[str]) -> str:
    """Each family's idea, folded under its paper's title."""
    folded = ""
    for name in families:
        paper, _, address = any_family(name).paper.rstrip(".").rpartition(", ")
        link = f'<a href="{escape(address)}" target="_blank" rel="noopener">{escape(paper)}</a>'
        said = f"<p>{escape(any_family(name).summary)}</p><p>{link}</p>"
        folded += f"<details><summary>{escape(name)}</summary>{said}</details>"
    return folded


def _pictures(row: Row) -> str:
    cells = "".join(f"<td>{_picture(picture)}</td>" for picture in row.pictures)
    kind = ' class="smooth"' if row.smooth else ""
    return f'<tr{kind}><th scope="row">{escape(row.model)}</th>{cells}</tr>'


def _picture(picture: Picture) -> str:
    recipe = picture.recipe
    told = "" if recipe.label is None else f", label {recipe.label}"
    name = escape(f"{recipe.model}, seed {recipe.seed}{told}")
    drawn = f'<img alt="{name}" src="{inline(*picture)}">'
    return f'<a href="?{escape(recipe.to_query())}" title="{name}">{drawn}</a>'


def _head(title: str, hint: str) -> str:
    press = f'<button type="button" title="{escape(hint)}">{escape(title)}</button>'
    return f'<th scope="col" aria-sort="none">{press}</th>'


def _line(row: Row, *, features: bool) -> str:
    """A model's numbers; a cell holds its number for sorting, and nothing where there is none."""
    cells = row.cells
    line = [f'<th scope="row" data-value="{escape(row.model)}">{escape(row.model)}</th>']
    for column in COLUMNS:
        value = cells[column.key]
        held = "" if value is None else value
        line.append(f'<td data-value="{held}"{_hint(row, column)}>{_text(value, column)}</td>')
    if features:
        said = escape(str(row.protocol) if row.metrics else BLANK)
        line.append(f'<td data-value="{said}">{said}</td>')
    return f"<tr>{''.join(line)}</tr>"


def _text(value: Any, column: Column) -> str:
    if value is None:
        return BLANK
    return format(value, column.form) if column.form else format_number(value)


def _hint(row: Row, column: Column) -> str:
    """The value of real pictures, as the tooltip of a number."""
    real = row.cells.get(f"real_vs_real_{column.key}")
    if real is None:
        return ""
    return f' title="{escape(f"Real pictures: {_text(real, column)}. {row.protocol}")}"'
