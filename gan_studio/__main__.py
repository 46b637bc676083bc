"""`python -m gan_studio`."""

from gan_studio.cli.main import main

main()
