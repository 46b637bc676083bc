"""The entry of a Hugging Face Space, and of `python app.py`: builds the page and serves it."""

from gan_studio.ui import build, launch

demo = build()

if __name__ == "__main__":
    launch(demo)
