def describe(table, df):
    """Print what every column holds: for people, and as one line of JSON for the next step."""
    print(f"{table}: {len(df):,} rows, {df.shape[1]:,} columns")
    columns = []
    for name, column in df.items():
        values = column.dropna()
        facts = {"name": name, "kind": "empty", "missing": len(df) - len(values), "distinct": 0}
        if values.empty:
            holds = ""
        elif column.dtype.kind in "iuf":
            facts |= {"kind": "number", "distinct": values.nunique(), "mean": float(values.mean())}
            facts |= {"low": float(values.min()), "high": float(values.max())}
            holds = "{low:,.10g} to {high:,.10g}, mean {mean:,.6g}".format(**facts)
        elif column.dtype.kind == "M":
            facts |= {"kind": "date", "distinct": values.nunique()}
            facts |= {"first": str(values.min()), "last": str(values.max())}
            holds = "{first} to {last}".format(**facts)
        else:
            texts = values.astype(str)
            top = texts.str.slice(0, 60).value_counts().head(12).to_dict()
            facts |= {"kind": "text", "distinct": texts.nunique(), "top": top}
            holds = ", ".join(f"{text!r} {count:,}x" for text, count in list(top.items())[:3])
        columns.append(facts)
        if len(columns) <= 50:
            count = f"{facts['missing']:>8,} missing {facts['distinct']:>9,} distinct"
            print(f"  {repr(name)[:28]:<28} {facts['kind']:<6} {count}  {holds}")
    shape = {"table": table, "rows": len(df), "width": df.shape[1]}
    print("PROFILE", json.dumps(shape | {"columns": columns[:300]}))
