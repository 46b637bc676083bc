"""The public API: `Studio`, and what its verbs take and give."""

from gan_studio.studio.studio import DIRECTIONS as DIRECTIONS
from gan_studio.studio.studio import STRIP as STRIP
from gan_studio.studio.studio import Studio as Studio
