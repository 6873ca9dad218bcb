"""The way in: webhooks, schedules and the `matinee` command."""
