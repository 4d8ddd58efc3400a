groups = df.groupby(BY)[VALUE].agg(["count", HOW]).sort_values(HOW, ascending=False)
shown = groups[HOW].dropna().head(TOP)  #? BEST
shown = groups[HOW].dropna().tail(TOP)[::-1]  #? WORST
shown = shown[::-1]  #? UP
shown = shown.sort_index()  #? ALPHABET
overall = df[VALUE].agg(HOW)
fig, ax = plt.subplots(figsize=(WIDTH, 1.4 + 0.4 * len(shown)), layout="constrained")
bars = ax.barh(range(len(shown)), shown, color=COLOR)
ax.bar_label(bars, [number(value) for value in shown], padding=4)
ax.axvline(overall, color="#4a5568", linestyle="--", zorder=0, label=f"all rows: {number(overall)}")
ax.set_yticks(range(len(shown)), [str(name)[:40] for name in shown.index])
ax.set_xscale("log", subs=[2, 5])  #? LOG
ax.xaxis.set_major_formatter("{x:,.10g}")
ax.xaxis.set_minor_formatter("{x:,.10g}")  #? LOG
ax.set(title=TITLE, xlabel=LABEL)
ax.grid(axis="y", visible=False)
ax.margins(x=0.1)
ax.invert_yaxis()
fig.legend(loc="outside lower right", frameon=False)
fig.savefig(PNG)
groups.to_csv(CSV, float_format="%.12g")
facts.append({"chart": "averages", "value": VALUE, "by": BY, "how": HOW,
              "groups": len(groups), "overall": float(overall),
              "top": pairs(groups[HOW].dropna().head(3)), "bottom": pairs(groups[HOW].dropna().tail(1))})
