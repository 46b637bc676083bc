"""Terms of a model: the licence of its weights, and whether its data's pictures may be shown."""

from __future__ import annotations

from collections.abc import Iterator

from gan_studio.datasets.terms import SHAREABLE, TERMS
from gan_studio.gans import checkpoint
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.families import is_translation

LICENCES: dict[str, dict[str, str]] = {
    "digits": {"license": "mit"},
    "mnist": {"license": "mit"},
    "coloured-digits": {"license": "mit"},
    "coloured-mnist": {"license": "mit"},
    "avatars": {"license": "cc0-1.0"},
    "fashion-mnist": {"license": "mit"},
    "spoken-digits": {"license": "cc-by-sa-4.0"},
    "speech": {"license": "cc-by-sa-4.0"},
    "celeba": {
        "license": "other",
        "license_name": "non-commercial-research",
        "license_link": "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
    },
    "maps": {"license": "other", "license_name": "research"},
    "photos-sr": {"license": "other", "license_name": "research"},
}
"""data set -> licence of the weights; own data sets have none"""
for _dataset in ("celeba-hair", "photos-flowers-faces", "faces-256"):
    LICENCES[_dataset] = LICENCES["celeba"]
BINDING_DATASET = "celeba"
"""data set whose licence also holds for fine-tuned models"""


def ancestry(manifest: Manifest) -> list[str]:
    """Data sets of the models that this one was fine-tuned from, the first one first."""
    names = manifest.training.get("ancestry")
    return [str(name) for name in names] if isinstance(names, list) else []


def licence(manifest: Manifest) -> dict[str, str]:
    """The licence for the front matter; empty for own data sets."""
    if terms := manifest.source.get("terms"):
        return {"license": "other", "license_name": str(terms)}
    dataset = BINDING_DATASET if BINDING_DATASET in ancestry(manifest) else manifest.dataset
    return LICENCES.get(dataset, {})


def inherited_terms(manifest: Manifest) -> Iterator[str]:
    """Terms that a fine-tuned model inherits from the data of its ancestors."""
    for name in ancestry(manifest):
        if name == BINDING_DATASET != manifest.dataset:
            yield f"It learned on from a model of {TERMS[name]}"


def is_shareable(manifest: Manifest) -> bool:
    """Whether training pictures of a model, and of those that it began as, may be passed on."""
    return all(name in SHAREABLE for name in (manifest.dataset, *ancestry(manifest)))


def excluded_pictures(manifest: Manifest) -> tuple[str, ...]:
    """The pictures that are not published: samples of a translation show what it learnt from."""
    shows = is_translation(manifest.family) and not is_shareable(manifest)
    return (checkpoint.SAMPLES,) if shows else ()
