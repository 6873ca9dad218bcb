"""Where previews run."""
