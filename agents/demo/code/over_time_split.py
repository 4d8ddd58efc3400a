series = df.groupby([pd.Grouper(key=DATE, freq=FREQ), SPLIT])[VALUE].agg(HOW).unstack()
sums = series.sum().sort_values(ascending=False)
fig, ax = plt.subplots(layout="constrained")
for name in sums.index[:TOP]:
    ax.plot(series[name].dropna(), linewidth=1.8, label=str(name)[:30])
ax.set_yscale("log", subs=[2, 5])  #? LOG
ax.yaxis.set_major_formatter("{x:,.10g}")
ax.yaxis.set_minor_formatter("{x:,.10g}")  #? LOG
ax.locator_params(axis="y", integer=True)  #? WHOLE
ax.set(title=TITLE, ylabel=LABEL)
fig.legend(loc="outside right upper", frameon=False)
fig.savefig(PNG)
series.to_csv(CSV, float_format="%.12g")
facts.append({"chart": "totals", "value": NAME, "by": SPLIT, "groups": len(sums),  #? SUM
              "all": float(sums.sum()), "top": pairs(sums.head(3)), "bottom": pairs(sums.tail(1))})  #? SUM
for name in sums.index[:2]:
    line = series[name].dropna()
    facts.append({"chart": "over_time", "value": VALUE, "date": DATE, "how": HOW, "every": EVERY,
                  "of": str(name), "points": len(line), "start": pairs(line.head(2)), "end": pairs(line.tail(2)),
                  "top": pairs(line.nlargest(3)), "bottom": pairs(line.nsmallest(3))})
