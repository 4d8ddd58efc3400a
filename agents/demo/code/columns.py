groups = df.groupby(BY)[VALUE].agg(HOW).dropna()
groups = groups.reindex([name for name in ORDER if name in groups.index])  #? ORDER
groups = groups.sort_values(ascending=UP)  #? SORT
fig, ax = plt.subplots(layout="constrained")
bars = ax.bar(range(len(groups)), groups, color=COLOR)  #? BARS
ax.plot(range(len(groups)), groups, "o-", color=COLOR, linewidth=1.8)  #? LINE
for n, value in enumerate(groups):  #? LABELS
    ax.annotate(number(value), (n, value), (0, 5), textcoords="offset points", ha="center")  #? LABELS
ax.margins(y=0.1)
step = len(groups) // 16 + 1
ax.set_xticks(range(len(groups))[::step], [str(name)[:12] for name in groups.index[::step]])
ax.set_yscale("log", subs=[2, 5])  #? LOG
ax.yaxis.set_major_formatter("{x:,.10g}")
ax.yaxis.set_minor_formatter("{x:,.10g}")  #? LOG
ax.set(title=TITLE, ylabel=LABEL)
ax.grid(axis="x", visible=False)
fig.savefig(PNG)
groups.to_csv(CSV, float_format="%.12g")
facts.append({"chart": "columns", "value": VALUE, "by": BY, "how": HOW, "groups": len(groups),
              "top": pairs(groups.nlargest(2)), "bottom": pairs(groups.nsmallest(1))})
