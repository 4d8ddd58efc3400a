df = df[df[DATE].dt.year.isin(YEARS)]
table = df.groupby([df[DATE].dt.month, df[DATE].dt.year])[VALUE].agg(HOW).unstack()
fig, ax = plt.subplots(layout="constrained")
for year in table:
    ax.plot(table.index, table[year], "o-", linewidth=1.8, label=str(year))
ax.set_xticks(range(1, 13), pd.date_range("2000-01-01", periods=12, freq="MS").strftime("%b"))
ax.set_ylim(bottom=0)  #? ZERO
ax.yaxis.set_major_formatter("{x:,.10g}")
ax.set(title=TITLE, ylabel=LABEL)
fig.legend(loc="outside right upper", frameon=False)
fig.savefig(PNG)
table.to_csv(CSV, float_format="%.12g")
months = table.dropna()
both = months.sum() if SUMMED else df[df[DATE].dt.month.isin(months.index)].groupby(df[DATE].dt.year)[VALUE].agg(HOW)
facts.append({"chart": "years", "value": VALUE, "how": HOW, "months": len(months), "of": len(table),
              "top": pairs(both)})
