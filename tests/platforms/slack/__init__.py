"""A server that plays Slack over real HTTP and WebSockets on loopback, written from Slack's documentation.

async with slack.play() as workspace:
    task = await workspace.says("U1", "@roundtable plot this", files=[("a.csv", b"x,y")])
    reply = await workspace.reply_in(task, containing="finished")
"""

from tests.platforms.slack.faults import Fail, Lost, Slow, Status
from tests.platforms.slack.server import play
from tests.platforms.slack.workspace import Workspace
from tests.platforms.slack.world import Channel, File, Message, User

__all__ = ["Channel", "Fail", "File", "Lost", "Message", "Slow", "Status", "User", "Workspace", "play"]
