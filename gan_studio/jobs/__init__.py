"""Trainings in the background: started, watched, steered, stopped, taken up again."""

from gan_studio.jobs.office import OWN as OWN
from gan_studio.jobs.office import Jobs as Jobs
from gan_studio.jobs.order import Order as Order
from gan_studio.jobs.snapshot import OVER as OVER
from gan_studio.jobs.snapshot import Snapshot as Snapshot
from gan_studio.jobs.snapshot import State as State
from gan_studio.jobs.snapshot import Ticket as Ticket
