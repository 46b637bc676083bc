"""Who speaks to the Hub, and with which token."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from gan_studio import __version__

if TYPE_CHECKING:
    from huggingface_hub import HfApi

LIBRARY = "gan-studio"
"""by which repositories of ours are known; it stands in every card"""
LOGIN = "log in with `hf auth login`, or set HF_TOKEN"


def client(token: str | None) -> HfApi:
    """The Hub, or another that HF_ENDPOINT names; without a token with the machine's, if any."""
    from huggingface_hub import HfApi

    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or None
    return HfApi(endpoint=endpoint, token=token, library_name=LIBRARY, library_version=__version__)


def writer(token: str | None) -> HfApi:
    """The same for who wants to write; ValueError when there is no token."""
    from huggingface_hub import get_token

    token = token or get_token()
    if not token:
        raise ValueError(f"To publish takes a token that may write: {LOGIN}.")
    if not re.fullmatch(r"[\x21-\x7e]{1,200}", token):  # else the client's complaint repeats it
        raise ValueError("That is no token: it is one word of letters and digits, such as hf_….")
    return client(token)
