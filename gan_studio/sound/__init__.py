"""Sound: waves, log-mel spectrograms, files, the reading of text."""
