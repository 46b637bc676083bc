"""Facts about a model: family, sizes, layers, attribute sliders."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from gan_studio.core.log import warn_once
from gan_studio.datasets.terms import is_smooth
from gan_studio.gans.base import NoDiscriminator, Transformable
from gan_studio.gans.families import any_family
from gan_studio.models.model import LoadedModel, Model
from gan_studio.models.sliders import Slider
from gan_studio.models.translator import Translator
from gan_studio.studio.cards import translator_card
from gan_studio.studio.results import ModelInfo, TranslatorInfo


def model_info(model: Model) -> ModelInfo:
    """Family, data set, sizes and metrics of a model."""
    manifest = model.manifest
    return ModelInfo(
        name=model.name,
        family=manifest.family,
        paper=any_family(manifest.family).paper,
        dataset=manifest.dataset,
        image_size=manifest.config.image_size,
        multi_scale=model.multi_scale,
        latent_dim=model.gan.config.latent_dim,
        classes=model.label_count,
        traits=model.vocabulary.names if model.text else (),
        parameters=model.parameters,
        smooth=draws_smoothly(model),
        metrics=dict(manifest.metrics),
        discriminator=not isinstance(model.gan.discriminator, NoDiscriminator),
        source=dict(manifest.source),
        sizes=model.preview_sizes,
        movable=isinstance(model.gan.generator, Transformable),
    )


def draws_smoothly(model: LoadedModel) -> bool:
    """Whether its pictures are enlarged smoothly, as photographs are."""
    return is_smooth(model.manifest.dataset, model.manifest.channels)


def named_sliders(model: Model) -> Sequence[Slider]:
    """Its attribute sliders; empty where their files are damaged."""
    try:
        return model.sliders.sliders
    except ValueError as error:
        warn_once(str(error))
        return ()


def layers(model: Model) -> int:
    """The number of layers that take a style each; 0 without styles."""
    return model.space.shape[0] if model.space.has_layers else 0


def translator_info(model: Translator) -> TranslatorInfo:
    """The card of a model, and its number of parameters."""
    card = translator_card(model.name, model.manifest)
    return TranslatorInfo(**dataclasses.asdict(card), parameters=model.parameters)
