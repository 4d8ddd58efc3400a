totals = df[BY].value_counts()  #? COUNT
totals = df.groupby(BY)[VALUE].sum().sort_values(ascending=False)  #? SUM
shown = totals.head(TOP)  #? BEST
shown = totals.tail(TOP)[::-1]  #? WORST
rest = totals.iloc[TOP:]  #? REST
shown = shown[::-1]  #? UP
shown = shown.sort_index()  #? ALPHABET
if len(rest):  #? OTHERS
    shown = pd.concat([shown, pd.Series({f"{len(rest):,} others": rest.sum()})])  #? OTHERS
fig, ax = plt.subplots(figsize=(WIDTH, 1.4 + 0.4 * len(shown)), layout="constrained")
bars = ax.barh(range(len(shown)), shown, color=[COLOR] * TOP + ["#b8c0cc"])  #? OTHERS
bars = ax.barh(range(len(shown)), shown, color=COLOR)  #? ALONE
ax.bar_label(bars, [f"{number(value)}  ({value / totals.sum():.0%})" for value in shown], padding=4)  #? SHARE
ax.bar_label(bars, [number(value) for value in shown], padding=4)  #? PLAIN
for bar, name in zip(bars, shown.index):  #? NAMED
    bar.set_alpha(1 if name in NAMED else 0.35)  #? NAMED
ax.set_yticks(range(len(shown)), [str(name)[:40] for name in shown.index])
ax.set_xscale("log", subs=[2, 5])  #? LOG
ax.xaxis.set_major_formatter("{x:,.10g}")
ax.xaxis.set_minor_formatter("{x:,.10g}")  #? LOG
ax.set(title=TITLE, xlabel=LABEL)
if len(rest):  #? NOTE
    ax.set_xlabel(LABEL + f"; the other {len(rest):,} together: {number(rest.sum())}")  #? NOTE
ax.grid(axis="y", visible=False)
ax.margins(x=0.15)
ax.invert_yaxis()
fig.savefig(PNG)
totals.to_csv(CSV, float_format="%.12g")
facts.append({"chart": "totals", "value": VALUE, "by": BY, "groups": len(totals),
              "least": pairs(totals.tail(TOP)[::-1].head(3)),  #? WORST
              "named": pairs(totals.reindex(NAMED).dropna()),  #? NAMED
              "places": [int((totals > totals[name]).sum()) + 1 for name in NAMED if name in totals.index],  #? NAMED
              "all": float(totals.sum()), "top": pairs(totals.head(3)), "bottom": pairs(totals.tail(1))})
