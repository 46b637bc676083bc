"""The training loop, written once: it knows files and time, but not what a GAN does in a step."""

from gan_studio.training.loop import EvaluateFn as EvaluateFn
from gan_studio.training.loop import EventStream as EventStream
from gan_studio.training.loop import MonitorFn as MonitorFn
from gan_studio.training.loop import train as train
from gan_studio.training.loop import trainable_after as trainable_after
