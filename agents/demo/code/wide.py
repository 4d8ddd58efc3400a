table = df.groupby(BY)[YEARS].sum(min_count=1)
table = table.loc[table[YEARS[-1]].nlargest(TOP).index]
fig, ax = plt.subplots(layout="constrained")
for name, line in table.iterrows():
    ax.plot(YEARS, line, "o-", linewidth=1.8, label=str(name)[:30])
ax.set_yscale("log", subs=[2, 5])  #? LOG
ax.yaxis.set_major_formatter("{x:,.10g}")
ax.yaxis.set_minor_formatter("{x:,.10g}")  #? LOG
ax.set(title=TITLE)
ax.tick_params(axis="x", rotation=45 if len(YEARS) > 12 else 0)
fig.legend(loc="outside right upper", frameon=False)
fig.savefig(PNG)
first, last = table[YEARS[0]], table[YEARS[-1]]
grown = (last / first - 1).sort_values(ascending=False)
facts.append({
    "chart": "in_words",
    "headline": f"{last.index[0]} is highest in {last.name} with {last.iloc[0]:,.10g}.",
    "points": [f"From {first.name} to {last.name}, {name} changed by {rate:+.1%}."
               for name, rate in grown.head(3).items()],
})
