"""The packages of the wheel, with the files that gan_studio/core/package_files.py names."""

import runpy

from setuptools import find_packages, setup

parts = runpy.run_path("gan_studio/core/package_files.py")
code = dict.fromkeys(find_packages(include=["gan_studio", "gan_studio.*"]), "gan_studio")
files = {
    name: [f"{depth}*{ending}" for ending in parts["FOLDERS"][folder] for depth in ("", "*/")]
    for name, folder in {**code, "gan_studio.shipped": "checkpoints"}.items()
}
setup(
    packages=[*code, *parts["PLACES"]],
    package_dir=parts["PLACES"],
    package_data={**files, "gan_studio.ideas": ["*.md"]},
)
