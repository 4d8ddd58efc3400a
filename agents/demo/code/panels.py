every = df.groupby(pd.Grouper(key=DATE, freq=FREQ))[VALUES].agg(HOW)
fig, axes = plt.subplots(len(VALUES), figsize=(WIDTH, 1 + 2 * len(VALUES)), sharex=True, layout="constrained")
for i, (name, ax) in enumerate(zip(VALUES, axes)):
    line = every[name].dropna()
    ax.plot(line, color=f"C{i}", linewidth=1.8)
    ax.yaxis.set_major_formatter("{x:,.10g}")
    ax.set_title(name, fontsize="medium")
    facts.append({"chart": "over_time", "value": name, "date": DATE, "how": HOW, "every": EVERY,
                  "points": len(line), "start": pairs(line.head(2)), "end": pairs(line.tail(2)),
                  "top": pairs(line.nlargest(3)), "bottom": pairs(line.nsmallest(3))})
fig.suptitle(TITLE, x=0.01, ha="left", weight="bold")
fig.savefig(PNG)
