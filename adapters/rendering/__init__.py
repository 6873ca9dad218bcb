"""Makes manifests of a repository's own chart, overlay or files, which a stranger may have written."""
