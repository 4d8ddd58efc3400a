"""What the command line can do, one module for each command.

It may import everything. Only `bot.cli` imports it.
"""
