"""`roundtable evaluate`: tasks with known answers, played people, checks, statistics and reports.

It uses the engine through its intake and reader. Only `bot.commands` imports it.
"""
