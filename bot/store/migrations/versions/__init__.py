"""One module a change of the tables, applied in the order of their numbers. Only Alembic loads them."""
