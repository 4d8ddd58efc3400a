"""Pure functions over texts that people, agents and programs write: code blocks, file names, forms, notebooks.

Everything above `bot.domain` may import it. It imports `bot.domain` and does no I/O.
"""
