"""Model clients: which model a process uses, and calls that are metered, retried and cancelled as we need it.

Light to import: whatever needs AutoGen or a provider's SDK is in the modules beside this file.
"""

from agents.models.choice import ModelChoice, banner, choose

__all__ = ["ModelChoice", "banner", "choose"]
