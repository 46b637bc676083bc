"""The training loop, written once: it knows files and time, but not what a GAN does in a step."""

from gan_studio.training.config import ENDLESS as ENDLESS
from gan_studio.training.config import Config as Config
from gan_studio.training.run import Measure as Measure
from gan_studio.training.run import Observe as Observe
from gan_studio.training.run import Story as Story
from gan_studio.training.run import train as train
from gan_studio.training.run import turns_after as turns_after
