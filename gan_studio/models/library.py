"""The available models: found by name, loaded once, cached up to a memory limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Container, Sequence
from pathlib import Path

import torch
from torch import Tensor

from gan_studio.core.files import MODEL, SHIPPED
from gan_studio.core.log import warn_once
from gan_studio.core.validation import check_type
from gan_studio.gans import checkpoint
from gan_studio.gans.base import GAN, LatentGAN
from gan_studio.gans.checkpoint import Manifest
from gan_studio.gans.families import draws_pictures, is_translation, is_vocoder
from gan_studio.gans.translation import TranslationGAN
from gan_studio.gans.vocoder import VocoderGAN
from gan_studio.images.convert import to_pil, to_uint8
from gan_studio.images.files import Picture
from gan_studio.images.recipe import Recipe
from gan_studio.models import hub
from gan_studio.models.model import LoadedModel, Model
from gan_studio.models.translator import Translator
from gan_studio.models.vocoder import Vocoder

MAX_BYTES = 2 * 10**9
"""bytes of weights in the cache"""
Stamp = tuple[tuple[int, ...], ...]
"""inode, size and modification time of a model's files"""


class Library:
    """Models by name (a folder under a root) or by path."""

    def __init__(
        self,
        root: Path = SHIPPED,
        device: torch.device | str = "cpu",
        *more: Path,
        listed: bool = True,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """`more` are further roots; unless `listed`, their models are found by name only.

        Beyond `max_bytes` of weights, the least recently used models are unloaded.
        """
        self.roots, self.device, self.max_bytes = (root, *more), torch.device(device), max_bytes
        self._unlisted = () if listed else more
        self._folders: dict[Path, Path] = {}
        for one in self.roots:
            self._folders.setdefault(one.resolve(), one)
        self._loaded: dict[Path, LoadedModel] = {}
        self._named: dict[str, Path] = {}
        self._used, self._lock = dict[Path, float](), threading.Lock()
        self._inspections: dict[Path, tuple[Stamp, Manifest | str]] = {}

    def names(self) -> list[str]:
        """The names of all listed, intact models of latents; those of the first root first."""
        return list(self.manifests())

    def translators(self) -> list[str]:
        """The names of all listed, intact models that turn pictures into pictures."""
        known = self.all_manifests(lambda _: None)
        return [name for name, found in known.items() if is_translation(found.family)]

    def vocoders(self) -> list[str]:
        """The names of all listed, intact models that turn spectrograms into sound."""
        known = self.all_manifests(lambda _: None)
        return [name for name, found in known.items() if is_vocoder(found.family)]

    def manifests(self, say: Callable[[str], object] = warn_once) -> dict[str, Manifest]:
        """The manifests of listed, intact models of latents; see `all_manifests`."""
        known = self.all_manifests(say)
        return {name: found for name, found in known.items() if draws_pictures(found.family)}

    def all_manifests(self, say: Callable[[str], object] = warn_once) -> dict[str, Manifest]:
        """The manifests of listed, intact models; `say` gets a sentence for each damaged one."""
        for reason in (looked := self.inspect_all()).values():
            if isinstance(reason, str):
                say(f"{reason} It is left out.")
        return {name: known for name, known in looked.items() if isinstance(known, Manifest)}

    def inspect_all(self) -> dict[str, Manifest | str]:
        """Manifest of each listed model, or the reason why it cannot be used."""
        listed = (
            pair for pair in self._directories().items() if pair[1].parent not in self._unlisted
        )
        return {name: self.inspect(place) for name, place in listed}

    def inspect(self, place: Path) -> Manifest | str:
        """Manifest of one model or the reason, read again when its files have changed."""
        stamp = _stamp(place)
        known, result = self._inspections.get(place, (None, ""))
        if known != stamp:
            try:
                result = checkpoint.inspect(place)
            except ValueError as error:
                result = str(error)
            self._inspections[place] = stamp, result
        return result

    def has(self, name: str) -> bool:
        """Whether a model of that name exists, listed or not."""
        return name in self._directories()

    def _directories(self) -> dict[str, Path]:
        """Name -> directory of every model.

        Where names collide, the root's name is put before one, as in `runs/dcgan-mnist`; models of
        the Hub get their branch instead.
        """
        known: dict[str, Path] = {}
        for folder, root in self._folders.items():
            for path in sorted(root.glob(f"*/{checkpoint.CONFIG}")):
                place = path.parent
                known.setdefault(_unique_name(folder / place.name, known), place)
        for name, place in hub.cached_models().items():
            known.setdefault(name if name not in known else f"{name}@{hub.MAIN}", place)
        return known

    def name_of(self, place: Path) -> str | None:
        """The name of the model in a directory; None if it has none."""
        where = place.resolve()
        return next(
            (n for n, known in self._directories().items() if known.resolve() == where), None
        )

    def get(self, name: str) -> Model:
        """Load a model of latents by its name; ValueError for an unknown name."""
        return self._as_latent(self._named_model(name))

    def is_translator(self, model: str) -> bool:
        """Whether a name, directory or repository is of a model that turns pictures into pictures.

        ValueError where there is no such model.
        """
        return is_translation(checkpoint.load_manifest(self.resolve(model)).family)

    def translator(self, name: str) -> Translator:
        """Load a model that turns pictures into pictures; ValueError for any other name."""
        found = self._named_model(name)
        if not isinstance(found, Translator):
            known = ", ".join(self.translators()) or "none yet"
            raise ValueError(
                f"{name} turns no pictures into others; models that translate are: {known}."
            )
        return found

    def vocoder(self, name: str) -> Vocoder:
        """Load a model that turns spectrograms into sound; ValueError for any other name."""
        found = self._named_model(name)
        if not isinstance(found, Vocoder):
            known = ", ".join(self.vocoders()) or "none yet"
            raise ValueError(f"{name} makes no sound; the models that do are: {known}.")
        return found

    def repairer(self, name: str) -> Translator | Model:
        """Load a model by its name, of latents or not; ValueError for an unknown name."""
        found = self._named_model(name)
        return found if isinstance(found, Translator) else self._as_latent(found)

    def _named_model(self, name: str) -> LoadedModel:
        if name not in self._named:  # called for each move of a slider: no disk access
            self._named[name] = self.directory(name)
        return self._load(self._named[name], name)

    def _as_latent(self, found: LoadedModel) -> Model:
        if not isinstance(found, Model):
            what = (
                "spectrograms into sound"
                if isinstance(found, Vocoder)
                else "pictures into pictures"
            )
            raise ValueError(
                f"{found.name} turns {what} and draws none of its own; the models "
                f"that do are {', '.join(self.names()) or 'none yet'}."
            )
        return found

    def directory(self, name: str) -> Path:
        """The directory of a model; ValueError for an unknown name."""
        places = self._directories()
        if name not in places:
            known = ", ".join(self.all_manifests()) or "none yet"
            raise ValueError(f"There is no model {name!r}; the known ones are {known}.")
        return places[name]

    def manifest(self, name: str) -> Manifest:
        """The manifest of a model; its weights are not read."""
        return checkpoint.load_manifest(self.directory(name))

    def load(self, model: str) -> Model:
        """Load a model of latents by its name, directory, or `user/repo[@revision]` on the Hub.

        Not for visitors of a public studio: it reads any directory and may use the network.
        """
        return self._as_latent(self.load_any(model))

    def load_any(self, model: str) -> LoadedModel:
        """Load a model of any kind as `load` does."""
        place = self.resolve(model)
        if name := self.name_of(place):
            return self._load(place, name)
        if not Path(model).is_dir():
            return self._load(place, model)
        # A unique name, as recipes refer to models by name.
        return self._load(place, _unique_name(place, self._directories()))

    def resolve(self, model: str) -> Path:
        """The directory of such a model, which is downloaded if necessary.

        A path with a slash takes precedence over a name, a name over a single folder.
        """
        check_type(model, (str, Path), "The model", "a name or a folder")
        here, known = Path(model), self._directories().get(model)
        if model and here.is_dir() and (known is None or here.resolve() != known.resolve()):
            if known is None or ("/" in model and (here / checkpoint.CONFIG).is_file()):
                if known:
                    warn_once(
                        f"{model} is taken as the folder here; a model of that name is in {known}."
                    )
                return here.resolve()
            if (here / checkpoint.CONFIG).is_file():
                warn_once(
                    f"{model} is taken as the model in {known}; the folder here is ./{model}."
                )
        if known or not hub.is_address(model):
            return self.directory(model)
        try:
            return hub.cached_path(model) or hub.pull(model)
        except ValueError as error:
            raise ValueError(f"There is no folder {model} here. {error}") from None

    def register(self, model: str) -> str:
        """The name by which such a model can be asked for from now on. Not for visitors."""
        place = self.resolve(model)
        name = self.name_of(place) or _unique_name(place, self._directories())
        self._named[name] = place
        return name

    def invalidate(self, directory: Path) -> None:
        """Reload a model at its next use, after its files have changed."""
        with self._lock:
            self._loaded.pop(directory, None)
            self._named = {k: place for k, place in self._named.items() if place != directory}

    def draw(self, recipes: Sequence[Recipe]) -> list[Picture | ValueError]:
        """Generate the picture of each recipe, in a batch per model.

        A ValueError takes the place of a picture that cannot be generated. Rounding in a batch
        differs from that of a single image: pixels may differ by one level of 255.
        """
        pictures: dict[int, Picture | ValueError] = {}
        points: dict[str, dict[int, Tensor]] = {}
        for i, recipe in enumerate(recipes):
            name = recipe.model
            try:
                points.setdefault(name, {})[i] = self.get(name).point(recipe)
            except ValueError as error:
                pictures[i] = error
        for name, of in points.items():
            model = self.get(name)
            images = to_uint8(model.draw(torch.cat([*of.values()])))
            for i, image in zip(of, images, strict=True):
                pictures[i] = Picture(to_pil(image), model.with_digest(recipes[i]))
        return [pictures[i] for i in range(len(recipes))]

    def _load(self, directory: Path, name: str) -> LoadedModel:
        self._used[directory] = time.monotonic()
        if found := self._loaded.get(directory):
            return found  # without the lock, which a load may hold for long
        with self._lock:
            if directory not in self._loaded:
                gan, manifest = self._read(directory)
                placed = manifest, self.device, directory
                if isinstance(gan, LatentGAN):
                    loaded = Model(name, gan.to(self.device), *placed)
                elif isinstance(gan, VocoderGAN):
                    loaded = Vocoder(name, gan.to(self.device), *placed)
                else:
                    assert isinstance(gan, TranslationGAN)
                    loaded = Translator(name, gan.to(self.device), *placed)
                self._loaded[directory] = loaded
                self._evict(directory)
            return self._loaded[directory]

    def _read(self, directory: Path) -> tuple[GAN, Manifest]:
        try:
            return checkpoint.load_model(directory)
        except ValueError as error:  # the header did not show it
            self._inspections[directory] = _stamp(directory), str(error)
            raise

    def _evict(self, latest: Path) -> None:
        """Unload the least recently used models; those in use are freed afterwards."""
        taken = sum(model.bytes for model in self._loaded.values())
        for place in sorted(self._loaded.keys() - {latest}, key=lambda place: self._used[place]):
            if taken <= self.max_bytes:
                return
            taken -= self._loaded.pop(place).bytes


def _unique_name(place: Path, others: Container[str]) -> str:
    """A name for a model unlike all others: with its parent folder if necessary."""
    names = (place.name, f"{place.parent.name}/{place.name}")
    return next((name for name in names if name not in others), str(place))


def _stamp(place: Path) -> Stamp:
    """A stamp that differs when a model's files have changed."""
    return tuple(map(_file_stamp, (place / checkpoint.CONFIG, place / MODEL)))


def _file_stamp(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns
