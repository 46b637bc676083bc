"""Model cards of the networks that `tools.train_networks` trains."""

from __future__ import annotations

from collections.abc import Mapping

from gan_studio.datasets.terms import HUB_NAMES, TERMS


def digit_classifier(dataset: str, accuracy: float, count: int, epochs: int, seed: int) -> str:
    """The README.md of a trained digit classifier."""
    return f"""---
license: mit
library_name: gan-studio
pipeline_tag: image-classification
tags: [digits, fid]
datasets: [{HUB_NAMES.get(dataset, dataset)}]
---
# A classifier of handwritten digits, in whose features generated digits are compared

A convolutional network for grey pictures of 32 × 32 pixels with 128 features before its ten logits;
`gan_studio/vision/digits.py`. It is no generator, so `gan-studio models` does not list it.

- **Data**: {TERMS.get(dataset, dataset)}
- **Training**: {epochs} epochs, the last one's weights, by

  `python -m tools.train_networks digits --dataset {dataset} --epochs {epochs} --seed {seed} \
--output DIR`
- **Measured**: {accuracy:.2%} of the {count:,} digits of the test set are classified correctly.
- **Limits**: distances in its features are comparable with each other only, not with those of
  Inception, nor with those of another classifier. It calls everything a digit.
"""


def spoken_digit_classifier(accuracy: float, count: int, epochs: int, seed: int) -> str:
    """The README.md of a trained classifier of spoken digits."""
    return f"""---
license: cc-by-sa-4.0
library_name: gan-studio
pipeline_tag: audio-classification
tags: [digits, speech]
---
# A classifier of spoken digits, which says whether generated ones are understood

A convolutional network for log-mel spectrograms of 64 × 64 pixels;
`gan_studio/vision/spoken_digits.py`. It is no generator, so `gan-studio models` does not list it.

- **Data**: {TERMS["spoken-digits"]}
- **Training**: {epochs} epochs, the last one's weights, by

  `python -m tools.train_networks spoken --epochs {epochs} --seed {seed} --output DIR`
- **Measured**: {accuracy:.2%} of {count:,} takes that it did not learn from are understood; they
  are of the same six speakers.
- **Limits**: it knows six voices and calls every sound a digit.
"""


def face_classifier(
    accuracies: Mapping[str, tuple[float, float]], dataset: str, count: int, epochs: int, seed: int
) -> str:
    """The README.md of a trained face attribute classifier.

    `accuracies` has for each attribute the share that is right and that of the commoner answer.
    """
    rows = "\n".join(f"| {name} | {a:.1%} | {b:.1%} |" for name, (a, b) in accuracies.items())
    means = (sum(column) / len(accuracies) for column in zip(*accuracies.values(), strict=True))
    right, common = means
    return f"""---
license: other
license_name: celeba-non-commercial
library_name: gan-studio
pipeline_tag: image-classification
tags: [faces, attributes]
datasets: [{HUB_NAMES.get(dataset, dataset)}]
---
# A classifier of face attributes, by which sliders get their names

A convolutional network for colour pictures of 64 × 64 pixels with a probability for each of
CelebA's 40 attributes; `gan_studio/vision/faces.py`. It is no generator, so `gan-studio models`
does not list it.

- **Data**: {TERMS.get(dataset, dataset)} These weights are for non-commercial use only, too.
- **Training**: {epochs} epochs, the last one's weights, by

  `python -m tools.train_networks faces --dataset {dataset} --epochs {epochs} --seed {seed} \
--output DIR`
- **Measured** on {count:,} faces that it did not learn from: {right:.1%} of all answers are right;
  always giving the commoner one reaches {common:.1%}.
- **Limits**: the attributes are what annotators saw in photographs of celebrities, their biases
  included: "Attractive", "Young" or "Male" say how a face was labelled and nothing of a person. It
  is made to compare generated faces with one another, not to judge people. Where the share below is
  that of the commoner answer it has learned nothing.

| attribute | accuracy | commoner answer |
|---|---|---|
{rows}
"""


def perceptual(pictures: Mapping[str, int], step: int, steps: int, seed: int) -> str:
    """The README.md of a perceptual network after so many of its steps.

    `pictures` says how many each folder held.
    """
    folders = ", ".join(f"{name} ({count:,})" for name, count in pictures.items())
    return f"""---
license: cc-by-4.0
library_name: gan-studio
pipeline_tag: image-feature-extraction
tags: [style-transfer, perceptual, distillation]
---
# What VGG-19 sees, in a network a sixth of its size

The thirteen 3 × 3 convolutions of VGG-19 up to relu5_1, each with a third to a half of its
channels; `gan_studio/vision/network.py`. It is no generator: `gan-studio models` does not
list it.

- **What comes from VGG-19** (Simonyan & Zisserman, 2015; CC BY 4.0): each channel here stands for
  one of its channels. It began as VGG-19 pruned, its weights solved anew by least squares, and then
  learned to give VGG-19's features and Gram matrices at relu1_1, relu2_1, relu3_1, relu4_1, relu4_2
  and relu5_1. It is a derivative of VGG-19 and under the same licence.
- **Data**: the pictures of {folders}.
- **Training**: {step:,} of {steps:,} steps of 16 crops of 96 pixels, by

  `python -m tools.train_networks perceptual FOLDERS --teacher FILE --steps {steps} --seed {seed} \
--output DIR`
- **Limits**: each layer is scaled to a mean activation of 1. Distances in its features stand for
  VGG-19's and are not them.
"""
