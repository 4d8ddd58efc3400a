"""What Roundtable talks about, as values and pure rules: events, posts, policy, budgets, errors.

Everything may import it. It imports nothing else of Roundtable and does no I/O.
"""
