"""The public API: `Studio`, and what its verbs take and give.

Notebooks, the command line and the page import from here, never from the rooms below.
"""

from gan_studio.datasets import registry as registry
from gan_studio.datasets import terms as terms
from gan_studio.datasets.registry import DATASETS as DATASETS
from gan_studio.datasets.terms import TERMS as TERMS
from gan_studio.gans import checkpoint as checkpoint
from gan_studio.gans import presets as presets
from gan_studio.gans.base import Diverged as Diverged
from gan_studio.gans.config import ENDLESS as ENDLESS
from gan_studio.gans.config import GANConfig as GANConfig
from gan_studio.gans.config import TrainingConfig as TrainingConfig
from gan_studio.gans.families import FAMILIES as FAMILIES
from gan_studio.gans.families import TRANSLATIONS as TRANSLATIONS
from gan_studio.gans.families import any_family as any_family
from gan_studio.gans.families import family as family
from gan_studio.gans.translation import TranslationConfig as TranslationConfig
from gan_studio.images.files import Picture as Picture
from gan_studio.images.recipe import Recipe as Recipe
from gan_studio.images.translation import TranslationRecipe as TranslationRecipe
from gan_studio.models import card as card
from gan_studio.models import hub as hub
from gan_studio.models import publish as publish
from gan_studio.models.importing import KnownGenerator as KnownGenerator
from gan_studio.models.sliders import Slider as Slider
from gan_studio.studio.importing import ENDINGS as ENDINGS
from gan_studio.studio.importing import NOT_FOR_VISITORS as NOT_FOR_VISITORS
from gan_studio.studio.maps import Slopes as Slopes
from gan_studio.studio.projection import ProjectionConfig as ProjectionConfig
from gan_studio.studio.request import TrainingRequest as TrainingRequest
from gan_studio.studio.results import DiscriminatorOutput as DiscriminatorOutput
from gan_studio.studio.results import ModelCard as ModelCard
from gan_studio.studio.results import ModelInfo as ModelInfo
from gan_studio.studio.results import Preview as Preview
from gan_studio.studio.results import TranslatorInfo as TranslatorInfo
from gan_studio.studio.studio import DIRECTIONS as DIRECTIONS
from gan_studio.studio.studio import STRIP as STRIP
from gan_studio.studio.studio import Studio as Studio
from gan_studio.studio.translate import Translation as Translation
from gan_studio.style_transfer import examples as examples
from gan_studio.style_transfer import painter as painter
from gan_studio.style_transfer.examples import Painting as Painting
from gan_studio.style_transfer.painter import DIGITS as DIGITS
from gan_studio.style_transfer.painter import EMBEDDED as EMBEDDED
from gan_studio.style_transfer.painter import NETWORKS as NETWORKS
from gan_studio.style_transfer.painter import Painter as Painter
from gan_studio.style_transfer.painter import PaintingRecipe as PaintingRecipe
from gan_studio.style_transfer.painter import StyleConfig as StyleConfig
from gan_studio.style_transfer.painter import fingerprint as fingerprint
from gan_studio.training import curves as curves
from gan_studio.training import diagnostics as diagnostics
from gan_studio.training.curves import MAX_SMOOTHING as MAX_SMOOTHING
from gan_studio.training.curves import Curve as Curve
from gan_studio.training.diagnostics import Finding as Finding
from gan_studio.training.tensorboard import log_events as log_events
