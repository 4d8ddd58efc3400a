"""What the page shows, as HTML: pure functions that take every argument as untrusted text.

Only `bot.adapters.web` imports it.
"""
