"""Well-known public generators: title, size, terms and address."""

from __future__ import annotations

from dataclasses import dataclass

NVIDIA = "NVIDIA Source Code License, for non-commercial use only"
ADA = "https://nvlabs-fi-cdn.nvidia.com/stylegan2-ada-pytorch/pretrained"
STYLEGAN2 = "https://api.ngc.nvidia.com/v2/models/nvidia/research/stylegan2/versions/1/files"
STYLEGAN3 = "https://api.ngc.nvidia.com/v2/models/nvidia/research/stylegan3/versions/1/files"
TENSORFLOW = "https://nvlabs-fi-cdn.nvidia.com/stylegan2/networks"


@dataclass(frozen=True)
class KnownGenerator:
    """A generator that its publisher offers; importing it downloads it from there."""

    title: str
    dataset: str
    """what it draws"""
    image_size: int
    address: str
    classes: int = 0
    terms: str = NVIDIA
    noncommercial: bool = True


KNOWN = (
    KnownGenerator("Faces (StyleGAN2, FFHQ)", "ffhq", 1024, f"{ADA}/ffhq.pkl"),
    KnownGenerator("Portraits (StyleGAN2-ADA, MetFaces)", "metfaces", 1024, f"{ADA}/metfaces.pkl"),
    KnownGenerator("Cats (StyleGAN2-ADA, AFHQ)", "afhqcat", 512, f"{ADA}/afhqcat.pkl"),
    KnownGenerator("Dogs (StyleGAN2-ADA, AFHQ)", "afhqdog", 512, f"{ADA}/afhqdog.pkl"),
    KnownGenerator("Wild animals (StyleGAN2-ADA, AFHQ)", "afhqwild", 512, f"{ADA}/afhqwild.pkl"),
    KnownGenerator("Tissue (StyleGAN2-ADA, BreCaHAD)", "brecahad", 512, f"{ADA}/brecahad.pkl"),
    KnownGenerator("Things (StyleGAN2-ADA, CIFAR-10)", "cifar10", 32, f"{ADA}/cifar10.pkl", 10),
    *(
        KnownGenerator(
            f"{what} (StyleGAN2, LSUN)", f"lsun-{file}", size,
            f"{TENSORFLOW}/stylegan2-{file}-config-f.pkl",
        )
        for what, file, size in (
            ("Cars", "car", 512), ("Cats", "cat", 256), ("Churches", "church", 256),
            ("Horses", "horse", 256),
        )
    ),
    KnownGenerator(
        "Faces, 256 pixels (StyleGAN2, FFHQ)", "ffhq", 256,
        f"{STYLEGAN2}/stylegan2-ffhq-256x256.pkl",
    ),
    *(
        KnownGenerator(
            f"{what} (StyleGAN3-{kind.upper()}, {title})", dataset, size,
            f"{STYLEGAN3}/stylegan3-{kind}-{file}-{size}x{size}.pkl",
        )
        for kind in ("t", "r")
        for what, title, dataset, file, size in (
            ("Faces", "FFHQ", "ffhq", "ffhq", 1024),
            ("Faces, 256 pixels", "FFHQ, unaligned", "ffhq-unaligned", "ffhqu", 256),
            ("Portraits", "MetFaces", "metfaces", "metfaces", 1024),
            ("Animals", "AFHQ", "afhq", "afhqv2", 512),
        )
    ),
)  # fmt: skip
"""in the order of the menu"""
