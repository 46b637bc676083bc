"""What the studio needs to run, said once: `deploy` sends this, and `setup.py` packs this."""

FOLDERS = {
    "gan_studio": {".py", ".css", ".js", ".json", ".jpg"},
    "checkpoints": {".json", ".safetensors", ".csv", ".png", ".md"},
    "docs": {".md", ".png", ".jpg", ".webp"},
}
"""folders, each with the endings of its files: no data, runs, caches or secrets"""
PACKAGE_DIRS = {"gan_studio.shipped": "checkpoints", "gan_studio.ideas": "docs/families"}
"""where the installed package has folders of the checkout that lie outside of it"""
