"""Faces of 256 pixels to learn super-resolution from: `python -m tools.enlarge_faces OUTPUT`.

CelebA's aligned faces are at hand at 89 pixels. `srgan-photos` enlarges them four times, and 256
pixels of that are a third more detail than the 64 pixels of our own faces. OUTPUT is a folder, of
which `gan-studio train srgan --dataset OUTPUT` makes `srgan-faces`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image

from gan_studio.datasets import registry
from gan_studio.studio import Studio

FOUND, WANTED = 89, 256
"""pixels along a side of CelebA's central squares, and of the faces that are written"""


def main() -> None:
    """Write the first faces, as many as are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--count", type=int, default=1500)
    parser.add_argument("--sharpness", type=float, default=0.8)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    studio = Studio()
    faces = registry.load("celeba", train=True, image_size=FOUND)
    for i, face in enumerate(faces.images[: options.count]):
        image = Image.fromarray(face.permute(1, 2, 0).numpy())
        larger = studio.upscale(image, scale=4, sharpness=options.sharpness).image
        smaller = larger.resize((WANTED, WANTED), Image.Resampling.LANCZOS)
        smaller.save(options.output / f"{i:05}.jpg", quality=95)


if __name__ == "__main__":
    main()
