"""What the command line can do, one module for each command. Only `bot.cli` imports it; it may import everything."""
