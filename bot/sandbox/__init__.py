"""Runs code: hardened Docker containers behind the port `Sandboxes`, and the image that they start from.

It knows neither engine nor store. The composition root, `bot.files.work_dir` and the commands import it. `driver`
is the part that runs inside a container, and is believed nothing.
"""
