"""Adapters: each knows one vendor and the domain, and none knows another."""
