"""What the page shows, as HTML: pure functions whose every argument is taken for untrusted text.

Only `bot.adapters.web` imports it.
"""
