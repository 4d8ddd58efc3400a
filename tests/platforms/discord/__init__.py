"""A server that plays Discord's REST API and gateway, written from their documentation.

    async with discord.play() as server:
        general, ana = server.channel("general"), server.person("Ana")
        asked = ana.says(general, "@Roundtable plot it")
        thread = await asked.opens()
        await thread.reads("Finished")

What it knows: intents, sessions with RESUME and replay, permissions, nonces, rate limits, interactions with
their 3 seconds and 15 minutes, multipart, and the faults in `faults.py`.
"""

from tests.platforms.discord.server import TOKEN, Discord, play

__all__ = ["TOKEN", "Discord", "play"]
