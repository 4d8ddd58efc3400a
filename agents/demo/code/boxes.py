groups = df.dropna(subset=[VALUE]).groupby(BY)[VALUE]
order = groups.median().sort_values(ascending=False).head(TOP).index
fig, ax = plt.subplots(layout="constrained")
boxes = ax.boxplot([groups.get_group(name) for name in order], patch_artist=True, widths=0.6,
                   medianprops={"color": "#1a202c"}, flierprops={"marker": ".", "alpha": 0.4})
plt.setp(boxes["boxes"], facecolor=COLOR, alpha=0.6)
ax.set_xticks(range(1, len(order) + 1), [str(name)[:16] for name in order])
ax.tick_params(axis="x", rotation=30 if len(order) > 6 else 0)
ax.set_yscale("log", subs=[2, 5])  #? LOG
ax.yaxis.set_major_formatter("{x:,.10g}")
ax.yaxis.set_minor_formatter("{x:,.10g}")  #? LOG
ax.set(title=TITLE, ylabel=LABEL)
fig.savefig(PNG)
spread = groups.quantile(0.75) - groups.quantile(0.25)
facts.append({"chart": "boxes", "value": VALUE, "by": BY, "groups": len(groups),
              "top": pairs(groups.median().nlargest(1)), "bottom": pairs(groups.median().nsmallest(1)),
              "widest": pairs(spread.nlargest(1))})
