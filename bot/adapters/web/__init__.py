"""The web page and the REST API: one ASGI application in the process of `roundtable up`.

Only the composition root and the commands import it.
"""
