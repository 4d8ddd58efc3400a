"""Everything that is AutoGen: teams, their agents, and what their messages mean, behind the port `Teams`.

It knows neither engine nor store, and no other package imports AutoGen. Only the composition root and the commands
import it.
"""
