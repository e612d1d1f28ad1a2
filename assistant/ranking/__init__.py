"""Hits to evidence per code, best first, with close codes told apart."""
