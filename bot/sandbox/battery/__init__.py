"""Attacks on a sandbox, in four groups: escape, exhaust, confuse, persist.

Each is harmless where it succeeds: it takes a bounded amount, changes nothing of the host, and says what it could do.
Only the composition root and the commands import it.
"""
