"""Where previews keep their data."""
