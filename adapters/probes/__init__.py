"""How a preview looks from outside."""
