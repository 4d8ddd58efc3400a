"""Roundtable, except its agents. Each package says what it is for and who may import it.

The modules in this folder tie the packages together: the command line, the composition root, the ports and the
settings.
"""
