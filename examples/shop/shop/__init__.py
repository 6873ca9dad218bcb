"""A small shop with a page, a JSON API and a database: the application that the demo previews."""
