"""A finished model onto the Hub, by its trainer's own token or sign-in."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import gradio as gr

from gan_studio.ui.errors import error_message, user_errors
from gan_studio.ui.event_options import PRIVATE, STREAMING

ABOUT = (
    "Uploads this model to a repository of yours on the Hugging Face Hub, from which two lines of "
    "code load it. "
)
BY_TOKEN = "Your token needs write access; it is used once and not stored."
BY_SIGN_IN = "Sign in, or enter a token with write access; it is used once and not stored."


def can_sign_in() -> bool:
    """Whether this is a Space on which visitors can sign in, with all that this takes."""
    there = all(find_spec(package) for package in ("authlib", "itsdangerous"))  # gradio[oauth]
    return there and bool(os.environ.get("SPACE_ID") and os.environ.get("OAUTH_CLIENT_ID"))


class Publishing:
    """The form under a finished training."""

    def __init__(self) -> None:
        with gr.Accordion("Publish", open=False, visible=False, elem_id="publishing") as self.fold:
            how = BY_SIGN_IN if can_sign_in() else BY_TOKEN
            gr.Markdown(ABOUT + how, elem_classes="hint")
            if can_sign_in():
                gr.LoginButton(size="md", elem_id="sign-in")
            with gr.Row():
                self.repo = gr.Textbox(
                    label="Repository", placeholder="you/my-model", max_length=200,
                    min_width=180, elem_id="publish-repo",
                )  # fmt: skip
                self.token = gr.Textbox(
                    label="Token", placeholder="hf_…", type="password", max_length=200,
                    min_width=180, elem_id="publish-token",
                )  # fmt: skip
            with gr.Row():
                self.private = gr.Checkbox(
                    False, label="Private", info="Visible only to you", min_width=140
                )
                self.button = gr.Button("Publish", min_width=100, elem_id="publish")
            self.result = gr.HTML("", elem_id="published", padding=False)

    def wire(self, publish: Callable[..., str], inputs: Sequence[Any]) -> None:
        """Connect the button: `publish` takes `inputs` and this form's values, and returns HTML."""

        def by_token(*arguments: Any) -> list[Any]:
            try:
                with user_errors():
                    result = publish(*arguments)
            except gr.Error as error:
                result = error_message(str(error.message))
            return [result, ""]  # the field is emptied, whatever came of it

        def by_sign_in(
            view_state: Any, browser_state: Any, repo: str, private: bool, token: str,
            oauth_token: gr.OAuthToken | None,
        ) -> list[Any]:  # fmt: skip
            own = token or (oauth_token.token if oauth_token else "")
            return by_token(view_state, browser_state, repo, private, own)

        self.button.click(
            by_sign_in if can_sign_in() else by_token,
            [*inputs, self.repo, self.private, self.token],
            [self.result, self.token],
            show_progress="minimal",
            **STREAMING,
            **PRIVATE,
        )
