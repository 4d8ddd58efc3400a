"""Where people are: one folder for each platform, each an implementation of the port `ChatAdapter`.

An adapter knows neither engine nor store, and no other adapter. Only the composition root and the commands import
it.
"""
