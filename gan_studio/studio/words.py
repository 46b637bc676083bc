"""Pictures from text, and how the text was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from gan_studio.datasets.vocabulary import MAX_WORDS, Word, check_text, foreign_script
from gan_studio.gans import checkpoint
from gan_studio.images.recipe import Recipe
from gan_studio.models.library import Library
from gan_studio.models.model import Model
from gan_studio.studio import walks
from gan_studio.studio.info import draws_smoothly

FAMILY = "gan-cls"
"""family of the models that draw pictures from text"""
NOTES = {
    "unknown": "No word of this is known, so the picture shows anything.",
    "long": "Only the beginning is read.",
    "slant": "“Not upright” and the like are not understood: say whether it leans left or right.",
}
CLEAR = 0.5
"""strength from which a trait counts as said"""
EXAMPLES = {
    "coloured": (
        "a red seven, leaning left, on blue",
        "a white 3 on a green background",
        "yellow nine, upright, on purple paper",
        "a black two, tilted to the right, against orange",
    ),
    "celeba": (
        "a smiling blond woman with bangs",
        "a young man with black hair and a beard",
        "an old man with grey hair, wearing glasses",
        "a serious woman with brown hair, without makeup",
    ),
}
"""beginning of a data set's name -> sentences to begin with"""


@dataclass(frozen=True, kw_only=True)
class TextModel:
    """A model that draws pictures from text."""

    name: str
    dataset: str
    image_size: int
    smooth: bool
    """whether its pictures are enlarged smoothly"""
    traits: tuple[str, ...]
    """what can be asked for; alternatives have one beginning, as "colour: red" has"""
    examples: tuple[str, ...]
    """sentences to begin with"""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The words and traits that were found in a text."""

    words: tuple[Word, ...] = ()
    """each word as it was written and as it was read; what is not known is read as nothing"""
    traits: dict[str, float] = field(default_factory=dict[str, float])
    """what it asks for: trait -> strength from -1, denied, to 1"""
    script: str = ""
    """the script of words that are not in Latin letters, such as Cyrillic"""
    notes: tuple[str, ...] = ()
    """what a reader should know"""


@dataclass(frozen=True, kw_only=True)
class TextPicture:
    """A picture from text, and how the text was read."""

    image: Image.Image
    recipe: Recipe
    reading: Reading


def text_models(library: Library) -> list[TextModel]:
    """The listed models that draw pictures from text, those of photographs first."""
    manifests = library.manifests(lambda _: None)
    models = (
        library.get(name) for name, manifest in manifests.items() if manifest.family == FAMILY
    )
    entries = [text_model(model) for model in models if model.text]
    return sorted(entries, key=lambda model: not model.smooth)


def reads_text(directory: Path) -> bool:
    """Whether the model in a directory draws pictures from text."""
    return checkpoint.load_manifest(directory).family == FAMILY


def text_model(model: Model) -> TextModel:
    """The traits and examples of a model; ValueError if it does not draw pictures from text."""
    names, dataset = model.vocabulary.names, model.manifest.dataset
    sentences = next((v for k, v in EXAMPLES.items() if dataset.startswith(k)), ())
    return TextModel(
        name=model.name,
        dataset=dataset,
        image_size=model.gan.config.image_size,
        smooth=draws_smoothly(model),
        traits=names,
        examples=sentences or tuple(" ".join(names[i : i + 2]) for i in (0, 2, 4) if names[i:]),
    )


def read(model: Model, text: str) -> Reading:
    """The words and traits that a model finds in a text; ValueError for an empty or long one."""
    check_text(text)
    words = tuple(model.vocabulary.read(text))
    condition = model.read_text(text).tolist()
    strengths = zip(model.vocabulary.names, condition, strict=True)
    traits = {name: round(value, 3) for name, value in strengths if abs(value) > CLEAR}
    script = foreign_script(word.text for word in words if not word.read)
    return Reading(words=words, traits=traits, script=script, notes=tuple(_notes(model, words)))


def _notes(model: Model, words: Sequence[Word]) -> Iterator[str]:
    if model.vocabulary.negated_slants([word.text for word in words]):
        yield NOTES["slant"]
    if not any(word.read for word in words):
        yield NOTES["unknown"]
    if len(words) == MAX_WORDS:
        yield NOTES["long"]


def from_text(model: Model, recipe: Recipe) -> TextPicture:
    """The picture of a recipe with a text, and how the text was understood."""
    reading = read(model, recipe.text)
    picture = walks.draw_recipes(model, [recipe])[0]
    return TextPicture(image=picture.image, recipe=picture.recipe, reading=reading)
