"""Discord. `adapter`, `render` and what they need load without discord.py; the rest is imported once it runs.

Only the composition root and the commands import it.
"""
