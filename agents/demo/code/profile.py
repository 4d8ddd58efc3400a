def describe(table, df, first=()):
    """Print what every column holds: for people, and as one line of JSON for the next step."""
    print(f"{table}: {len(df):,} rows, {df.shape[1]:,} columns")
    columns = []
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
            top = texts.str.slice(0, 50).value_counts().head(12).to_dict()
            facts |= {"kind": "text", "distinct": texts.nunique(), "top": top}
            holds = ", ".join(f"{text!r} {count:,}x" for text, count in list(top.items())[:3])
        columns.append(facts)
        if len(columns) <= 50:
            count = f"{facts['missing']:>8,} missing {facts['distinct']:>9,} distinct"
            print(f"  {repr(name)[:28]:<28} {facts['kind']:<6} {count}  {holds}")
    kept, others, room = [], [], 5500
    for facts in columns:  # of very wide tables, the rest only by name
        room -= len(json.dumps(facts))
        kept += [facts] if room > 0 else []
        others += [facts["name"]] if -4000 < room <= 0 else []
        room += len(json.dumps(facts)) - len(facts["name"]) - 4 if room <= 0 else 0
    shape = {"table": table, "rows": len(df), "width": df.shape[1]}
    print("PROFILE", json.dumps(shape | {"columns": kept, "others": others}))
