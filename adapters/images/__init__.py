"""Where the images of commits come from."""
