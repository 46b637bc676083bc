"""Trainings in the background: queued, watched, steered, stopped and resumed."""

from gan_studio.studio.jobs.queue import OWN as OWN
from gan_studio.studio.jobs.queue import JobQueue as JobQueue
from gan_studio.studio.jobs.snapshot import OVER as OVER
from gan_studio.studio.jobs.snapshot import Snapshot as Snapshot
from gan_studio.studio.jobs.snapshot import Ticket as Ticket
