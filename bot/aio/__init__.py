"""Async building blocks: workers, queues, cancellation and shutdown, each with one owner for every task.

Everything may import it. It imports nothing of Roundtable and could serve any program.
"""
