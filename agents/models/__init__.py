"""Model clients: which model a process uses, and calls that are metered, retried and cancelled as we need it.

Light to import: what needs AutoGen is in the modules beside this file. The rest of `agents`, the composition root
and the commands import it.
"""

from agents.models.choice import ModelChoice, banner, choose

__all__ = ["ModelChoice", "banner", "choose"]
