"""The Hugging Face Hub: push and pull models, deploy a Space.

    from gan_studio import hub
    gan = hub.from_pretrained("user/repo")

All of huggingface_hub's own settings hold: HF_TOKEN or `hf auth login`, HF_ENDPOINT, HF_HUB_CACHE,
HF_HUB_OFFLINE. A token is sent with a request and not stored.
"""

from gan_studio.models.hub.address import MAIN as MAIN
from gan_studio.models.hub.address import Address as Address
from gan_studio.models.hub.address import is_address as is_address
from gan_studio.models.hub.datasets import fetch as fetch
from gan_studio.models.hub.deploy import deploy as deploy
from gan_studio.models.hub.pull import cached_models as cached_models
from gan_studio.models.hub.pull import cached_path as cached_path
from gan_studio.models.hub.pull import from_pretrained as from_pretrained
from gan_studio.models.hub.pull import in_cache as in_cache
from gan_studio.models.hub.pull import pull as pull
from gan_studio.models.hub.pull import pull_file as pull_file
from gan_studio.models.hub.pull import terms as terms
from gan_studio.models.hub.push import Published as Published
from gan_studio.models.hub.push import push as push
