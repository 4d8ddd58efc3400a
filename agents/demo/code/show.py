def show(facts):
    """Print key figures: a number or a text a line, lists with their items below."""
    for fact in facts:
        print("Result:", fact["chart"].replace("_", " "))
        for name, value in list(fact.items())[1:]:
            if isinstance(value, (list, tuple)):
                rows = [[written(cell) for cell in (item if isinstance(item, (list, tuple)) else [item])] for item in value]
                width = max((len(row[0]) for row in rows if len(row) > 1), default=0)
                print(f"  {name}:", *("  ".join([row[0].ljust(width), *row[1:]]) for row in rows), sep="\n    ")
            else:
                print(f"  {name}: {written(value)}")


def written(value):
    if isinstance(value, str):
        plain = value.isprintable() and value.split(" ") == value.split() and value[0] not in "'\""
        return value if plain else repr(value)
    if float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 1e6 else f"{value:,.8g}"
