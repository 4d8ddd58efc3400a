"""Decides: takes events in, plans and runs turns, asks people, keeps budgets, and delivers posts.

It knows values, ports and the store, but no platform, no Docker and no AutoGen. The composition root, the commands
and `bot.evaluate` import it; adapters, sandbox, dispatcher and agents do not, except to see what has `changes`.
"""
