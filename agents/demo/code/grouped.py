table = df.pivot_table(index=BY, columns=SPLIT, values=VALUE, aggfunc=HOW)  #? MEASURE
table = pd.crosstab(df[BY], df[SPLIT])  #? COUNT
table = table.loc[table.sum(axis=1).nlargest(8).index, table.sum().nlargest(6).index]
fig, ax = plt.subplots(layout="constrained")
table.plot.bar(ax=ax, width=0.8, rot=30 if len(table) > 5 else 0, legend=False)
ax.set_yscale("log", subs=[2, 5])  #? LOG
ax.yaxis.set_major_formatter("{x:,.10g}")
ax.yaxis.set_minor_formatter("{x:,.10g}")  #? LOG
ax.set(title=TITLE, xlabel="", ylabel=LABEL)
ax.grid(axis="x", visible=False)
fig.legend(loc="outside right upper", frameon=False, title=SPLIT_LABEL)
fig.savefig(PNG)
table.to_csv(CSV, float_format="%.12g")
best = table.stack().sort_values(ascending=False)
facts.append({"chart": "grouped", "value": VALUE, "by": BY, "split": SPLIT, "how": HOW,
              "top": [[*map(str, names), float(value)] for names, value in best.head(2).items()],
              "bottom": [[*map(str, names), float(value)] for names, value in best.tail(1).items()]})
