"""The command `gan-studio evaluate`, which measures models against real images."""

from __future__ import annotations

import json
from typing import Literal

from tyro.conf import Positional

from gan_studio.studio import Studio


def evaluate(
    models: Positional[tuple[str, ...]],
    /,
    *,
    dataset: str | None = None,
    count: int = 5000,
    seed: int = 0,
    features: Literal["inception", "digits", "vgg19", "embedded"] | None = None,
    against: Literal["test", "all"] = "test",
    record: bool = False,
) -> None:
    """Evaluate models against real images: one line of JSON per model.

    Args:
        models: names, directories, or user/repo on the Hub
        dataset: data set or folder to compare with; by default the training data of each model
        count: number of images of each model
        seed: seed of the latents
        features: feature network; by default digits for digits, else inception if its weights are
            on this machine, else embedded
        against: the test set, which no training used, or all real images
        record: write the metrics into each model's config.json and card
    """
    studio = Studio()
    if models and all(studio.library.is_translator(model) for model in models):
        for model in models:
            figures = studio.evaluate_translation(model, dataset, count, record=record)
            print(json.dumps({"model": model, **figures}), flush=True)
        return
    if models and all(studio.reads_text(model) for model in models) and features is None:
        for model in models:
            figures = studio.evaluate_text(model, dataset, count, record=record)
            print(json.dumps({"model": model, **figures}), flush=True)
        return
    reports = studio.evaluate(models, dataset, count, seed, features, against, record=record)
    for report in reports:
        print(json.dumps(report.to_fields()), flush=True)
