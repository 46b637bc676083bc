"""The wheel: all packages, with the files that `core/package_files.py` lists."""

import runpy

from setuptools import find_packages, setup

parts = runpy.run_path("gan_studio/core/package_files.py")
code = dict.fromkeys(find_packages(include=["gan_studio", "gan_studio.*"]), "gan_studio")
files = {
    name: [f"{depth}*{ending}" for ending in parts["FOLDERS"][folder] for depth in ("", "*/")]
    for name, folder in {**code, "gan_studio.shipped": "checkpoints"}.items()
}
setup(
    packages=[*code, *parts["PACKAGE_DIRS"]],
    package_dir=parts["PACKAGE_DIRS"],
    package_data={**files, "gan_studio.ideas": ["*.md"]},
)
