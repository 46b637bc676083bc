"""Errors of the Hub as one sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gan_studio.models.hub.address import Address
from gan_studio.models.hub.client import LOGIN


@contextmanager
def translate_errors(address: Address, what: str = "model") -> Iterator[None]:
    """Turn every error of huggingface_hub into a ValueError; `what` is the kind of repository."""
    from huggingface_hub.errors import (
        HfHubHTTPError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
    )
    from huggingface_hub.utils import httpx

    try:
        yield
    except OfflineModeIsEnabled:
        raise Unreachable("The Hub cannot be reached, as HF_HUB_OFFLINE is set.") from None
    except HfHubHTTPError as error:
        raise refusal(error, address, what) from None
    except LocalEntryNotFoundError:
        raise Unreachable(f"The connection to the Hub broke while {address} was read.") from None
    except RuntimeError as error:  # raised by huggingface_hub if one of several uploads fails
        raise Unreachable(f"The upload to {address} broke off; try again.") from error
    except (httpx.HTTPError, httpx.InvalidURL, ConnectionError) as error:
        reason = str(error) or type(error).__name__
        raise Unreachable(f"The Hub cannot be reached ({reason}).") from None


class Unreachable(ValueError):
    """The Hub cannot be reached."""


def refusal(error: Exception, address: Address, what: str) -> ValueError:
    """A ValueError by the kind of error if the Hub names one, else by the status."""
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RevisionNotFoundError

    assert isinstance(error, HfHubHTTPError)
    repo, status = address.repo, error.response.status_code
    unknown = error.response.headers.get("X-Error-Code") == "RepoNotFound"
    sentences = {
        401: f"The Hub does not accept this token, or wants one; to get one, {LOGIN}.",
        402: f"The Hub wants a paid plan for that {what}: {server_message(error)}.",
        403: f"This token may not do that with {repo}: {server_message(error)}.",
        404: f"There is no {what} {repo} on the Hub, or it is private and needs a token that may "
        f"see it: {LOGIN}.",
        409: f"{repo} changed meanwhile; try again.",
        413: f"The Hub finds that too large: {server_message(error)}.",
        429: "The Hub has had too many requests from here; wait a few minutes.",
    }
    if isinstance(error, RevisionNotFoundError):
        return ValueError(f"{repo} has no revision {address.revision} on the Hub.")
    if isinstance(error, GatedRepoError):
        return ValueError(f"{repo} is gated: ask for access on its page on the Hub first.")
    if unknown:
        return ValueError(sentences[404])
    if status >= 500:
        return Unreachable(f"The Hub answers with status {status}; try again later.")
    return ValueError(sentences.get(status, f"The Hub refuses {repo}: {server_message(error)}."))


def server_message(error: Exception) -> str:
    """The message of the Hub, shortened and without a full stop."""
    words = getattr(error, "server_message", None) or f"status {error.response.status_code}"  # pyright: ignore[reportAttributeAccessIssue]
    first, *_ = words.strip().splitlines()
    return first.rstrip(". ")[:200]
