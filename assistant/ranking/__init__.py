"""Turns hits into evidence per code, best first, and tells close codes apart."""
