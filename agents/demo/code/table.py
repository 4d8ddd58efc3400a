table = df.groupby(BY)[VALUE].agg(["sum", "mean", "count"]).sort_values(HOW, ascending=False)
print(table.head(30).to_string(), "\n")
table.to_csv(FILE)  #? CSV
table.to_excel(FILE)  #? XLSX
top = table[HOW].head(3)
top.index = [" with ".join(map(str, key)) if isinstance(key, tuple) else key for key in top.index]
facts.append({"chart": "table", "value": VALUE, "by": " and ".join(BY), "how": HOW,
              "groups": len(table), "file": FILE, "top": pairs(top)})
