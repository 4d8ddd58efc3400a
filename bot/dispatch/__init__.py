"""Decides which process runs a session: implementations of the port `Dispatcher`.

It knows neither engine nor store. Only the composition root imports it.
"""
