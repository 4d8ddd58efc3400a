result = df[VALUE].agg(HOW)  #? MEASURE
result = len(df)  #? ROWS
result = df[VALUE].nunique()  #? DISTINCT
facts.append({"chart": "single", "value": VALUE, "how": HOW, "rows": len(df), "result": float(result)})
