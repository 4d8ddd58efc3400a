table = df.groupby(BY)[VALUE].agg(["sum", "mean", "count"]).sort_values(HOW, ascending=False)
print(table.head(30).to_string(), "\n")
table.to_csv(FILE)  #? CSV
table.to_excel(FILE)  #? XLSX
facts.append({"chart": "table", "value": VALUE, "by": " and ".join(BY), "how": HOW,
              "groups": len(table), "file": FILE, "top": pairs(table[HOW].rename(lambda key: " with ".join(map(str, key)) if len(BY) > 1 else key).head(3))})
