"""Runs due jobs and timers."""
