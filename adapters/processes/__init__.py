"""Commands that run confined: in their own session, folder, environment and user, watched, and ended as a whole.

Shared by the local platform, which runs services and migrations, and by the git image store, which runs builds.
Only the standard library and psutil are needed, because a small supervisor imports this for every preview.
"""
