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
        self._unlisted_roots = () if listed else more
        self._folders: dict[Path, Path] = {}
        for one in self.roots:
            self._folders.setdefault(one.resolve(), one)
        self._models: dict[Path, LoadedModel] = {}
        self._paths: dict[str, Path] = {}
        self._use_times, self._lock = dict[Path, float](), threading.Lock()
        self._inspections: dict[Path, tuple[Stamp, Manifest | str]] = {}

    def names(self) -> list[str]:
        """The names of all listed, intact models of latents; those of the first root first."""
        return list(self.manifests())

    def translators(self) -> list[str]:
        """The names of all listed, intact models that turn pictures into pictures."""
        manifests = self.all_manifests(lambda _: None)
        return [name for name, manifest in manifests.items() if is_translation(manifest.family)]

    def vocoders(self) -> list[str]:
        """The names of all listed, intact models that turn spectrograms into sound."""
        manifests = self.all_manifests(lambda _: None)
        return [name for name, manifest in manifests.items() if is_vocoder(manifest.family)]

    def manifests(self, say: Callable[[str], object] = warn_once) -> dict[str, Manifest]:
        """The manifests of listed, intact models of latents; see `all_manifests`."""
        manifests = self.all_manifests(say)
        return {
            name: manifest
            for name, manifest in manifests.items()
            if draws_pictures(manifest.family)
        }

    def all_manifests(self, say: Callable[[str], object] = warn_once) -> dict[str, Manifest]:
        """The manifests of listed, intact models; `say` gets a sentence for each damaged one."""
        for reason in (inspections := self.inspect_all()).values():
            if isinstance(reason, str):
                say(f"{reason} It is left out.")
        return {
            name: result for name, result in inspections.items() if isinstance(result, Manifest)
        }

    def inspect_all(self) -> dict[str, Manifest | str]:
        """Manifest of each listed model, or the reason why it cannot be used."""
        return {
            name: self.inspect(place)
            for name, place in self._directories().items()
            if place.parent not in self._unlisted_roots
        }

    def inspect(self, place: Path) -> Manifest | str:
        """Manifest of one model or the reason, read again when its files have changed."""
        stamp = _stamp(place)
        last_stamp, result = self._inspections.get(place, (None, ""))
        if last_stamp != stamp:
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
        directories: dict[str, Path] = {}
        for folder, root in self._folders.items():
            for path in sorted(root.glob(f"*/{checkpoint.CONFIG}")):
                place = path.parent
                directories.setdefault(_unique_name(folder / place.name, directories), place)
        for name, place in hub.cached_models().items():
            directories.setdefault(name if name not in directories else f"{name}@{hub.MAIN}", place)
        return directories

    def name_of(self, place: Path) -> str | None:
        """The name of the model in a directory; None if it has none."""
        where = place.resolve()
        return next(
            (n for n, directory in self._directories().items() if directory.resolve() == where),
            None,
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
        model = self._named_model(name)
        if not isinstance(model, Translator):
            names = ", ".join(self.translators()) or "none yet"
            raise ValueError(
                f"{name} turns no pictures into others; models that translate are: {names}."
            )
        return model

    def vocoder(self, name: str) -> Vocoder:
        """Load a model that turns spectrograms into sound; ValueError for any other name."""
        model = self._named_model(name)
        if not isinstance(model, Vocoder):
            names = ", ".join(self.vocoders()) or "none yet"
            raise ValueError(f"{name} makes no sound; the models that do are: {names}.")
        return model

    def repairer(self, name: str) -> Translator | Model:
        """Load a model by its name, of latents or not; ValueError for an unknown name."""
        model = self._named_model(name)
        return model if isinstance(model, Translator) else self._as_latent(model)

    def _named_model(self, name: str) -> LoadedModel:
        if name not in self._paths:  # called for each move of a slider: no disk access
            self._paths[name] = self.directory(name)
        return self._load(self._paths[name], name)

    def _as_latent(self, model: LoadedModel) -> Model:
        if not isinstance(model, Model):
            what = (
                "spectrograms into sound"
                if isinstance(model, Vocoder)
                else "pictures into pictures"
            )
            raise ValueError(
                f"{model.name} turns {what} and draws none of its own; the models "
                f"that do are {', '.join(self.names()) or 'none yet'}."
            )
        return model

    def directory(self, name: str) -> Path:
        """The directory of a model; ValueError for an unknown name."""
        places = self._directories()
        if name not in places:
            names = ", ".join(self.all_manifests()) or "none yet"
            raise ValueError(f"There is no model {name!r}; the known ones are {names}.")
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
        here, place = Path(model), self._directories().get(model)
        if model and here.is_dir() and (place is None or here.resolve() != place.resolve()):
            if place is None or ("/" in model and (here / checkpoint.CONFIG).is_file()):
                if place:
                    warn_once(
                        f"{model} is taken as the folder here; a model of that name is in {place}."
                    )
                return here.resolve()
            if (here / checkpoint.CONFIG).is_file():
                warn_once(
                    f"{model} is taken as the model in {place}; the folder here is ./{model}."
                )
        if place or not hub.is_address(model):
            return self.directory(model)
        try:
            return hub.cached_path(model) or hub.pull(model)
        except ValueError as error:
            raise ValueError(f"There is no folder {model} here. {error}") from None

    def register(self, model: str) -> str:
        """The name by which such a model can be asked for from now on. Not for visitors."""
        place = self.resolve(model)
        name = self.name_of(place) or _unique_name(place, self._directories())
        self._paths[name] = place
        return name

    def invalidate(self, directory: Path) -> None:
        """Reload a model at its next use, after its files have changed."""
        with self._lock:
            self._models.pop(directory, None)
            self._paths = {k: place for k, place in self._paths.items() if place != directory}

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
        self._use_times[directory] = time.monotonic()
        if model := self._models.get(directory):
            return model  # without the lock, which a load may hold for long
        with self._lock:
            if directory not in self._models:
                gan, manifest = self._read_model(directory)
                attributes = manifest, self.device, directory
                if isinstance(gan, LatentGAN):
                    model = Model(name, gan.to(self.device), *attributes)
                elif isinstance(gan, VocoderGAN):
                    model = Vocoder(name, gan.to(self.device), *attributes)
                else:
                    assert isinstance(gan, TranslationGAN)
                    model = Translator(name, gan.to(self.device), *attributes)
                self._models[directory] = model
                self._evict(directory)
            return self._models[directory]

    def _read_model(self, directory: Path) -> tuple[GAN, Manifest]:
        try:
            return checkpoint.load_model(directory)
        except ValueError as error:  # the header did not show it
            self._inspections[directory] = _stamp(directory), str(error)
            raise

    def _evict(self, latest: Path) -> None:
        """Unload the least recently used models; those in use are freed afterwards."""
        total_bytes = sum(model.bytes for model in self._models.values())
        for place in sorted(
            self._models.keys() - {latest}, key=lambda place: self._use_times[place]
        ):
            if total_bytes <= self.max_bytes:
                return
            total_bytes -= self._models.pop(place).bytes


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
