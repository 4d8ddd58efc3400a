"""A post as plain text, for a platform that refused it as it was."""

from __future__ import annotations

from bot.posts import (
    AgentPost,
    CodePost,
    FilesPost,
    OutputPost,
    Post,
    QuestionPost,
    StatusPost,
    SummaryPost,
)


def plain(post: Post) -> str:
    """The words of a post, without anything a platform could stumble over."""
    match post:
        case AgentPost(agent, text) | CodePost(agent, text):
            return f"{agent}: {text}"
        case OutputPost(agent, results):
            return f"{agent}: " + "\n".join(result.output or f"exit code {result.exit_code}" for result in results)
        case FilesPost(agent, files):
            return f"{agent} made these files: " + ", ".join(file.path for file in files)
        case QuestionPost(agent, text, question):
            return f"{agent}: " + "\n".join(filter(None, [text, question]))
        case StatusPost(text):
            return text
        case SummaryPost():
            return post.text
