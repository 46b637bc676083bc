"""`python -m gan_studio`."""

from gan_studio.cli import main

main()
