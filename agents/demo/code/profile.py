def describe(table, df, room, first=(), sought=()):
    """Print what every column holds: for people, and as one line of JSON for the next step."""
    print(f"{table}: {len(df):,} rows, {df.shape[1]:,} columns")
    columns, lines = [], []
    for name, column in sorted(df.items(), key=lambda item: item[0] not in first):
        values = column.dropna()
        facts = {"name": name, "kind": "empty", "missing": len(df) - len(values), "distinct": 0}
        if values.empty:
            holds = ""
        elif column.dtype.kind in "iuf":
            low, mean, high = (float(f"{value:.8g}") for value in (values.min(), values.mean(), values.max()))
            facts |= {"kind": "number", "distinct": values.nunique(), "low": low, "mean": mean, "high": high}
            holds = f"{low:,.10g} to {high:,.10g}, mean {mean:,.6g}"
        elif column.dtype.kind == "M":
            facts |= {"kind": "date", "distinct": values.nunique()}
            facts |= {"first": str(values.min()), "last": str(values.max())}
            holds = "{first} to {last}".format(**facts)
        else:
            texts = values.astype(str)
            counts = texts.str.slice(0, 50).value_counts()
            known = [text for text in counts.index if any(word in text.casefold() for word in sought)]
            top = pd.concat([counts[known], counts.drop(known)]).head(12).to_dict()
            facts |= {"kind": "text", "distinct": texts.nunique(), "top": top}
            holds = ", ".join(f"{text!r} {count:,}x" for text, count in list(top.items())[:3])
        columns.append(facts)
        count = f"{facts['missing']:>8,} missing {facts['distinct']:>9,} distinct"
        lines.append(f"  {repr(name)[:28]:<28} {facts['kind']:<6} {count}  {holds[:60]}")
    texts = [facts for facts in columns if facts["kind"] == "text"]
    while len(json.dumps(columns)) > 0.55 * room and any(len(facts["top"]) > 3 for facts in texts):
        for facts in texts:
            facts["top"] = dict(list(facts["top"].items())[: len(facts["top"]) * 2 // 3])
    names, others = [facts["name"] for facts in columns], []
    wide = len(json.dumps(columns)) > 0.55 * room
    if wide:  # then most columns only by name
        columns = fitting(columns, 0.3 * room)
        others = fitting(names[len(columns) :], 0.45 * room)
    print("\n".join(fitting(lines, (0.2 if wide else 0.4) * room)))
    shape = {"table": table, "rows": len(df), "width": df.shape[1]}
    print("PROFILE", json.dumps(shape | {"columns": columns, "others": others}))


def fitting(items, room):
    """The first items that fit into so many characters of JSON together."""
    ends = accumulate(len(json.dumps(item)) + 2 for item in items)
    return [item for item, end in zip(items, ends) if end <= room]
