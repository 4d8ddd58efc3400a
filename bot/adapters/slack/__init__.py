"""Slack. Payloads are parsed (`parse`), stored (`events`, `interactions`) and only then acknowledged.

Posts are rendered (`render`) and sent (`deliver`). Only the composition root and the commands import it.
"""
