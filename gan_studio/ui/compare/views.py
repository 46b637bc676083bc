"""A comparison as HTML: pictures in rows, numbers in a table, ideas folded away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any, NamedTuple
from urllib.parse import urlencode

from PIL import Image

from gan_studio.images.files import Picture
from gan_studio.studio import TranslationRecipe, any_family, terms
from gan_studio.studio.compare import Comparison, Row, format_number
from gan_studio.studio.compare_translators import TranslatorComparison, TranslatorRow
from gan_studio.studio.copies import NearestImages
from gan_studio.ui.image_cache import inline

DRAWN_CELL, TRANSLATED_CELL = 80, 176
"""pixels of a column at most: drawn pictures are small ones, translated ones have any size"""


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
COST = COLUMNS[-4:]
MEASURED = (
    Column("l1", "Distance to the truth", "", "Mean distance to the true picture, in levels of "
           "255; lower is better"),
    Column("accuracy", "Map classes", ".1%", "Share of pixels whose class on the map is right"),
    Column("road", "Streets", ".1%", "Share of street pixels that are drawn as streets"),
    Column("saturation", "Chroma", ".2f", "Mean chroma relative to that of the true pictures"),
    Column("chroma_error", "Chroma error", "", "Mean error of the chroma, in levels of 255; lower "
           "is better"),
    Column("agreement", "Attributes", ".1%", "Share of face attributes that are read as the true "
           "face has them"),
    Column("wanted", "Wanted hair", ".1%", "Share of faces whose hair is read as wanted"),
    Column("others_kept", "Others kept", ".1%", "Share of the other face attributes that stay as "
           "they were"),
    Column("face_distance", "Face distance", "", "Fréchet distance in the features of the face "
           "classifier; lower is better"),
    Column("round_trip", "Round trip", "", "How far translating there and back moves a picture, in "
           "levels of 255"),
    Column("round_trip_noisy", "Round trip with noise", "", "The same with noise of 4 levels added "
           "half-way: much more than without means that the source was hidden in fine details"),
)  # fmt: skip
"""of translations; those that no model has are left out"""
BLANK = "–"


def grid(comparison: Comparison | TranslatorComparison) -> str:
    """Pictures under their seeds or sources and beside their models.

    Each leads to itself on the Explore tab, or on the Transform tab where it can be named.
    """
    if isinstance(comparison, Comparison):
        titles, rows = [*map(str, comparison.seeds)], map(_pictures, comparison.rows)
        cell = DRAWN_CELL
    else:
        titles, rows = [*comparison.sources], _translations(comparison)
        cell = TRANSLATED_CELL
    heads = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    rows = "".join(rows)
    style = f"--columns: {len(titles)}; --cell: {cell}px"
    head = f'<thead><tr><th scope="col"><span class="unseen">Model</span></th>{heads}</tr></thead>'
    return f'<table style="{style}">{head}<tbody>{rows}</tbody></table>'


def table(comparison: Comparison | TranslatorComparison) -> str:
    """The numbers; a press on a head sorts by it."""
    kinds = COLUMNS
    if isinstance(comparison, TranslatorComparison):
        cells = comparison.table
        kinds = (*(c for c in MEASURED if any(r[c.key] is not None for r in cells)), *COST)
    columns = [_head("Model", "Name of the model")]
    columns += [_head(c.title, c.hint) for c in kinds]
    if not comparison.is_rankable:
        columns.append(_head("Measured by", "Metrics measured in different ways cannot be ranked"))
    rows = "".join(
        _line(row, kinds, features=not comparison.is_rankable) for row in comparison.rows
    )
    return f"<table><thead><tr>{''.join(columns)}</tr></thead><tbody>{rows}</tbody></table>"


def likeness(nearest_images: NearestImages) -> str:
    """A picture, and beside it the training pictures that are nearest, with their distances."""
    captions = [
        f"{name}, {d:.1f} away"
        for name, d in zip(nearest_images.names, nearest_images.distances, strict=True)
    ]
    cells = [_figure(nearest_images.picture, "this picture")]
    cells += [_figure(*cell) for cell in zip(nearest_images.nearest, captions, strict=True)]
    smooth = terms.is_smooth(nearest_images.dataset, len(nearest_images.picture.getbands()))
    return f'<div class="album{" smooth" if smooth else ""}">{"".join(cells)}</div>'


def _figure(picture: Image.Image, caption: str) -> str:
    name = escape(caption)
    line = f"<figcaption>{name}</figcaption>"
    return f'<figure><img alt="{name}" src="{inline(picture)}">{line}</figure>'


def ideas(families: Iterable[str]) -> str:
    """Each family's idea, folded under its paper's title."""
    details = ""
    for name in families:
        paper, _, address = any_family(name).paper.rstrip(".").rpartition(", ")
        link = f'<a href="{escape(address)}" target="_blank" rel="noopener">{escape(paper)}</a>'
        summary = f"<p>{escape(any_family(name).summary)}</p><p>{link}</p>"
        details += f"<details><summary>{escape(name)}</summary>{summary}</details>"
    return details


def _pictures(row: Row) -> str:
    cells = "".join(f"<td>{_picture(picture)}</td>" for picture in row.pictures)
    kind = ' class="smooth"' if row.smooth else ""
    return f'<tr{kind}><th scope="row">{escape(row.model)}</th>{cells}</tr>'


def _translations(comparison: TranslatorComparison) -> Iterator[str]:
    """A row of the sources, and one of each model's translations."""
    sources = [*comparison.sources.items()]
    source_cells = "".join(f"<td>{_image(source, name)}</td>" for name, source in sources)
    yield f'<tr class="smooth"><th scope="row">source</th>{source_cells}</tr>'
    for row in comparison.rows:
        cells = ""
        for (source, _), translation in zip(sources, row.pictures, strict=True):
            image = _image(translation, name := f"{row.model}, {source}")
            recipe = TranslationRecipe(model=row.model)
            query = f"{recipe.to_query()}&{urlencode({'example': source})}"
            link = f'<a href="?{escape(query)}" title="{escape(name)}">{image}</a>'
            cells += f"<td>{image if source.isdecimal() else link}</td>"
        yield f'<tr class="smooth"><th scope="row">{escape(row.model)}</th>{cells}</tr>'


def _image(picture: Image.Image, name: str) -> str:
    return f'<img alt="{escape(name)}" src="{inline(picture)}">'


def _picture(picture: Picture) -> str:
    recipe = picture.recipe
    label = "" if recipe.label is None else f", label {recipe.label}"
    name = escape(f"{recipe.model}, seed {recipe.seed}{label}")
    image = f'<img alt="{name}" src="{inline(*picture)}">'
    return f'<a href="?{escape(recipe.to_query())}" title="{name}">{image}</a>'


def _head(title: str, hint: str) -> str:
    press = f'<button type="button" title="{escape(hint)}">{escape(title)}</button>'
    return f'<th scope="col" aria-sort="none">{press}</th>'


def _line(row: Row | TranslatorRow, columns: Sequence[Column], *, features: bool) -> str:
    """A model's numbers; a cell holds its number for sorting, and nothing where there is none."""
    cells = row.cells
    line = [f'<th scope="row" data-value="{escape(row.model)}">{escape(row.model)}</th>']
    for column in columns:
        value = cells[column.key]
        sort_value = "" if value is None else value
        line.append(
            f'<td data-value="{sort_value}"{_hint(row, column)}>{_text(value, column)}</td>'
        )
    if features:
        protocol = escape(str(row.protocol) if row.metrics else BLANK)
        line.append(f'<td data-value="{protocol}">{protocol}</td>')
    return f"<tr>{''.join(line)}</tr>"


def _text(value: Any, column: Column) -> str:
    if value is None:
        return BLANK
    return format(value, column.form) if column.form else format_number(value)


def _hint(row: Row | TranslatorRow, column: Column) -> str:
    """The value of real pictures, as the tooltip of a number."""
    real = row.cells.get(f"real_vs_real_{column.key}")
    if real is None:
        return ""
    return f' title="{escape(f"Real pictures: {_text(real, column)}. {row.protocol}")}"'
