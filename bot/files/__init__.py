"""Files outside of the tables: the rules, what people upload, and the work directory with its rights.

Everything above `bot.domain` may import it, except `work_dir`, which only the composition root and the commands
use.
"""
