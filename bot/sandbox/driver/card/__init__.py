"""Looks into one file and prints what is in it as JSON: `python -m roundtable_driver.card PATH`.

It runs as any program in a sandbox does, since a file can be as hostile as code; the bot believes nothing of it.
"""
