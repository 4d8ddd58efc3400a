"""Keeps: the tables and every query, as functions over one transaction, on SQLite and on PostgreSQL.

It knows nothing of the engine and of the edges. The engine, the composition root and the commands import it.
"""
