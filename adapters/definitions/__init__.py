"""How a definition is read."""
