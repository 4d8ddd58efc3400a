"""A demo without a language model: prepared programs for known sentences, and profiles of files.

Only `agents.models.clients` and the composition root import it.
"""
