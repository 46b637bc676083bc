"""The family tree: one paper, one file, in order of publication."""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

import gan_studio
from gan_studio.gans import base
from gan_studio.gans.config import GANConfig, LatentConfig
from gan_studio.gans.families import (
    began,
    cgan,
    cut,
    cyclegan,
    dcgan,
    ebgan,
    gan_cls,
    hifi_gan,
    inpainting,
    msg_gan,
    pix2pix,
    progan,
    r3gan,
    srgan,
    stylegan2,
    stylegan2_ada,
    stylegan2_pytorch,
    stylegan3,
    unrolled,
    vanilla,
    wgan,
    wgan_gp,
)
from gan_studio.gans.translation import TranslationConfig, TranslationGAN
from gan_studio.gans.vocoder import VocoderConfig, VocoderGAN

_PACKAGE = Path(gan_studio.__file__).parent
PAGES = _PACKAGE / "ideas" if (_PACKAGE / "ideas").is_dir() else _PACKAGE.parent / "docs/families"
"""inside the package once installed, beside it in a checkout"""
_SUMMARY = re.compile(r"^## The idea\n+(.*?)\s*(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^]]+)\]\([^)]+\)")


Config_co = TypeVar("Config_co", bound=GANConfig, covariant=True)
GAN_co = TypeVar("GAN_co", bound=base.GAN, covariant=True)


@dataclass(frozen=True)
class Family(Generic[Config_co, GAN_co]):
    """A paper's configuration and its GAN."""

    config: type[Config_co]
    gan: type[GAN_co]

    @property
    def paper(self) -> str:
        """Title, authors, year and address, from the first line of the family's file."""
        return (inspect.getdoc(sys.modules[self.gan.__module__]) or "").splitlines()[0]

    @cached_property
    def summary(self) -> str:
        """The idea in a paragraph of plain text, from the family's page."""
        families = {**FAMILIES, **TRANSLATIONS, **VOCODERS, **IMPORTED}
        name = next(name for name, family in families.items() if family is self)
        section = _SUMMARY.search((PAGES / f"{name}.md").read_text("utf-8"))
        assert section, f"the page of {name} has no section on its idea"
        return " ".join(_LINK.sub(r"\1", section[1]).split())


LatentFamily = Family[LatentConfig, base.LatentGAN]
AnyFamily = Family[GANConfig, base.GAN]

FAMILIES: dict[str, LatentFamily] = {
    "gan": Family(vanilla.Config, vanilla.VanillaGAN),
    "cgan": Family(cgan.Config, cgan.CGAN),
    "dcgan": Family(dcgan.Config, dcgan.DCGAN),
    "ebgan": Family(ebgan.Config, ebgan.EBGAN),
    "unrolled": Family(unrolled.Config, unrolled.UnrolledGAN),
    "wgan": Family(wgan.Config, wgan.WGAN),
    "began": Family(began.Config, began.BEGAN),
    "wgan-gp": Family(wgan_gp.Config, wgan_gp.WGANGP),
    "progan": Family(progan.Config, progan.ProGAN),
    "msg-gan": Family(msg_gan.Config, msg_gan.MSGGAN),
    "stylegan2": Family(stylegan2.Config, stylegan2.StyleGAN2),
    "gan-cls": Family(gan_cls.Config, gan_cls.GANCLS),
    "r3gan": Family(r3gan.Config, r3gan.R3GAN),
}

"""families of latents that are trained here"""

TRANSLATIONS: dict[str, Family[TranslationConfig, TranslationGAN]] = {
    "pix2pix": Family(pix2pix.Config, pix2pix.Pix2Pix),
    "cyclegan": Family(cyclegan.Config, cyclegan.CycleGAN),
    "cut": Family(cut.Config, cut.CUT),
    "srgan": Family(srgan.Config, srgan.SRGAN),
    "inpainting": Family(inpainting.Config, inpainting.Inpainting),
}
"""families that turn pictures into pictures, trained here"""

VOCODERS: dict[str, Family[VocoderConfig, VocoderGAN]] = {
    "hifi-gan": Family(hifi_gan.Config, hifi_gan.HiFiGAN),
}
"""families that turn spectrograms into sound, trained here"""

IMPORTED: dict[str, LatentFamily] = {
    "stylegan2-pytorch": Family(stylegan2_pytorch.Config, stylegan2_pytorch.StyleGAN2PyTorch),
    "stylegan2-ada": Family(stylegan2_ada.Config, stylegan2_ada.StyleGAN2ADA),
    "stylegan3": Family(stylegan3.Config, stylegan3.StyleGAN3),
}
"""families that draw from imported generators and are not trained here"""


def family(name: str) -> AnyFamily:
    """The family of that name, trained here; ValueError with the known ones if there is none."""
    families: dict[str, AnyFamily] = {**FAMILIES, **TRANSLATIONS, **VOCODERS}
    if name not in families:
        raise ValueError(f"There is no family {name!r}; the known ones are {', '.join(families)}.")
    return families[name]


def any_family(name: str) -> AnyFamily:
    """The family of that name, trained here or imported; ValueError if there is none."""
    return IMPORTED[name] if name in IMPORTED else family(name)


def is_translation(name: str) -> bool:
    """Whether a family turns pictures into pictures, where the others draw from latents."""
    return name in TRANSLATIONS


def is_vocoder(name: str) -> bool:
    """Whether a family turns spectrograms into sound."""
    return name in VOCODERS


def draws_pictures(name: str) -> bool:
    """Whether a family draws pictures from latents."""
    return not (is_translation(name) or is_vocoder(name))
