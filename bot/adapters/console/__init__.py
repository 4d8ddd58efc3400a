"""The terminal: follows one session of this process, or of another one through its REST API.

Only the composition root and the commands import it.
"""
