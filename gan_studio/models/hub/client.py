"""Clients of the Hub, with or without a token."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from gan_studio import __version__

if TYPE_CHECKING:
    from huggingface_hub import HfApi

LIBRARY = "gan-studio"
"""library_name in every model card, by which repositories of GAN Studio are recognized"""
LOGIN = "log in with `hf auth login`, or set HF_TOKEN"


def client(token: str | None) -> HfApi:
    """A client of the Hub, or of HF_ENDPOINT; without `token` it uses the machine's, if any."""
    from huggingface_hub import HfApi

    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or None
    return HfApi(endpoint=endpoint, token=token, library_name=LIBRARY, library_version=__version__)


def writer(token: str | None) -> HfApi:
    """A client that can write; ValueError without a token."""
    from huggingface_hub import get_token

    token = token or get_token()
    if not token:
        raise ValueError(f"Publishing needs a token with write access: {LOGIN}.")
    if not re.fullmatch(
        r"[\x21-\x7e]{1,200}", token
    ):  # else the error of the client would repeat it
        raise ValueError("The token must be one word of letters and digits, such as hf_….")
    return client(token)
