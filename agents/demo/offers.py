"""What could be asked for instead, in words that the analyst understands and with columns that are there."""

from __future__ import annotations

from agents.demo import roles
from agents.demo.tables import Table
from agents.demo.texts import label, said


def instead(table: Table) -> str:
    """A sentence with up to three requests that can be met with a table; "" when there are none."""
    value, group = next(iter(roles.measures(table)), None), next(iter(roles.groups(table)), None)
    date = next((column for column in table.kind("date") if column.distinct > 1), None)
    name = label(value.name) if value else "rows"
    offers = [f"{name} by {label(group.name)}"] if group else []
    offers += [f"{name} per month"] if date and date.days > 45 else [f"{name} over time"] if date else []
    if value:
        offers.append(f"what drives {name}" if len(table.columns) > 2 else f"distribution of {name}")
    quoted = [f"“{said(offer, 60)}”" for offer in offers[:3]]
    if not quoted:
        return ""
    return (
        f"You could ask for {', '.join(quoted[:-1])} or {quoted[-1]}."
        if quoted[1:]
        else f"You could ask for {quoted[0]}."
    )
