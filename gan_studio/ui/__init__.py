"""The page: Gradio Blocks over the studio, free of torch."""

from gan_studio.ui import temp_folder as temp_folder  # isort: skip  # before all that imports Gradio
from gan_studio.ui.page import build, launch

__all__ = ["build", "launch"]
