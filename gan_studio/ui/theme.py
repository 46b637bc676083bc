"""One look, light and dark: system fonts, one accent, an 8-pixel rhythm."""

from __future__ import annotations

from gradio import themes

FONT = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "monospace"]


def theme() -> themes.Base:
    return themes.Base(
        primary_hue="indigo",
        secondary_hue="indigo",
        neutral_hue="slate",
        spacing_size="md",
        radius_size="md",
        font=FONT,
        font_mono=MONO,
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        block_border_width="0px",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_padding="4px 0",
        block_label_background_fill="transparent",
        block_label_border_width="0px",
        button_large_padding="8px 16px",
        # Contrasts of 4.5 and more, where the base has less.
        body_text_color_subdued="*neutral_600",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        color_accent="*primary_600",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        link_text_color_dark="*secondary_400",
        link_text_color_visited_dark="*secondary_400",
        link_text_color_active_dark="*secondary_400",
    )
