def describe(table, df, room, first=(), sought=()):
    """Print what every column holds; with little room, fewer values of each, and the last columns only by name."""
    title = table if table.isprintable() and table[0] not in "'\"" else repr(table)
    print(f"{title}: {len(df):,} rows, {df.shape[1]:,} columns")
    columns = sorted(df.items(), key=lambda item: item[0] not in first)
    found = [look(name, column, sought) for name, column in columns]
    for most in (12, 8, 5, 3):
        lines = [line + listed(values[:most]) for line, values in found]
        if sum(len(line) + 1 for line in lines) <= 0.9 * room:
            print("\n".join(lines))
            return
    lines = fitting(lines, 0.4 * room)
    names = [repr(str(name)) for name, _ in columns[len(lines) :]]
    print("\n".join([*lines, "  also: " + ", ".join(fitting(names, 0.5 * room))]))


def look(name, column, sought):
    """A line about a column, and its commonest values where it holds text."""
    values, kind, holds, top, alike = column.dropna(), "text", "", [], 0
    if values.empty:
        kind = "empty"
    elif column.dtype.kind in "iuf":
        kind, holds = "number", f"  {values.min():,.10g} to {values.max():,.10g}, mean {values.mean():,.8g}"
    elif column.dtype.kind == "M":
        kind, holds = "date", f"  {values.min()} to {values.max()}"
    else:
        values = values.astype(str)
        alike = pd.Series(values.unique(), dtype=str).str.strip().str.casefold().duplicated(keep=False).sum()
        counts = values.str.slice(0, 50).value_counts()
        known = [text for text in counts.index if any(word in text.casefold() for word in sought)]
        top = pd.concat([counts[known], counts.drop(known)]).head(12).items()
    same = f" ({alike:,} differ only in case or spaces)" if alike else ""
    count = f"{column.isna().sum():>8,} missing {values.nunique():>9,} distinct"
    return f"  {str(name)!r:<28} {kind:<6} {count}{same}{holds}", [f"{text!r} {count:,}x" for text, count in top]


def listed(values):
    """Values below a line, four a line."""
    return "".join(f"\n      {', '.join(values[n : n + 4])}" for n in range(0, len(values), 4))


def fitting(items, room):
    """The first items that fit into so many characters together."""
    ends = accumulate(len(item) + 2 for item in items)
    return [item for item, end in zip(items, ends) if end <= room]
