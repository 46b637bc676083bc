"""The files that the studio needs to run: `deploy` uploads them, `setup.py` packages them."""

FOLDERS = {
    "gan_studio": {".py", ".css", ".js", ".json", ".jpg", ".md", ".webp", ".xz"},
    "checkpoints": {".json", ".safetensors", ".csv", ".png", ".md"},
    "docs": {".md", ".png", ".jpg", ".webp"},
}
"""folder -> endings of its files; no data, runs, caches or secrets"""
PACKAGE_DIRS = {"gan_studio.shipped": "checkpoints", "gan_studio.ideas": "docs/families"}
"""package -> folder of the checkout that it is installed from"""
