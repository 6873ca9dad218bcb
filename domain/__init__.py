"""The pure heart: what a preview is and what should happen to it next, decided without any I/O."""
