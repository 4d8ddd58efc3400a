table = df.groupby([pd.Grouper(key=DATE, freq=FREQ), SPLIT])[VALUE].agg(HOW).unstack(fill_value=0)
sums = table.sum().sort_values(ascending=False)
table = table[sums.index[:TOP]]
fig, ax = plt.subplots(layout="constrained")
table.set_axis(table.index.to_period(PERIOD).astype(str)).plot.bar(ax=ax, stacked=True, width=0.85, legend=False)
step = len(table) // TICKS + 1
ax.set_xticks(range(len(table))[::step], ax.get_xticklabels()[::step], rotation=0)
ax.yaxis.set_major_formatter("{x:,.10g}")
ax.set(title=TITLE, xlabel="", ylabel=LABEL)
ax.grid(axis="x", visible=False)
fig.legend(loc="outside right upper", frameon=False)
fig.savefig(PNG)
table.to_csv(CSV, float_format="%.12g")
facts.append({"chart": "totals", "value": NAME, "by": SPLIT, "groups": len(sums),
              "all": float(sums.sum()), "top": pairs(sums.head(3)), "bottom": pairs(sums.tail(1))})
