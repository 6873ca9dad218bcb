"""The real parts on one machine, started and stopped by Matinee itself."""
