target = df[TARGET]  #? NUMBER
target = (df[TARGET].astype(str) == YES).astype(float).where(df[TARGET].notna())  #? SHARE
found, kinds = {}, {}
for name in NUMBERS:
    found[name], kinds[name] = target.corr(df[name]), "number"
for name in GROUPS:
    both = pd.DataFrame({"group": df[name].astype(str), "target": target})[df[name].notna()].dropna()
    means = both.groupby("group")["target"].transform("mean")
    rows, groups = len(both), both["group"].nunique()
    if rows > groups > 1:  # how much of the differences the groups explain, less what chance alone would
        left = (both["target"] - means).pow(2).sum() / (both["target"] - both["target"].mean()).pow(2).sum()
        found[name], kinds[name] = max(1 - left * (rows - 1) / (rows - groups), 0) ** 0.5, "groups"
strength = pd.Series(found, dtype=float).dropna().sort_values(key=abs, ascending=False).head(10)
if strength.empty:
    raise SystemExit("nothing can be related")
colors = {"up": "#2b6cb0", "down": "#dd6b20", "groups": "#718096"}
sorts = ["groups" if kinds[name] == "groups" else "up" if r > 0 else "down" for name, r in strength.items()]
fig, (left_ax, right_ax) = plt.subplots(1, 2, figsize=(12, 1.8 + 0.35 * max(len(strength), 8)), layout="constrained")
bars = left_ax.barh(range(len(strength)), strength.abs(), color=[colors[sort] for sort in sorts])
left_ax.bar_label(bars, [f"{r:+.2f}" if kinds[name] == "number" else f"{r:.2f}" for name, r in strength.items()], padding=4)
left_ax.set_yticks(range(len(strength)), [str(name)[:28] for name in strength.index])
left_ax.set(title=TITLE, xlabel="strength of the relation, 0 to 1", xlim=(0, 1.12))
left_ax.grid(axis="y", visible=False)
left_ax.invert_yaxis()
legend = {"up": "more goes with more", "down": "more goes with less", "groups": "groups differ in their means"}
handles = [plt.Rectangle((0, 0), 1, 1, color=colors[sort]) for sort in legend if sort in sorts]
left_ax.legend(handles, [legend[sort] for sort in legend if sort in sorts], frameon=False, loc="lower right")
best, means = strength.index[0], pd.Series(dtype=float)
if kinds[best] == "number" and SCATTER:
    shown = pd.DataFrame({"x": df[best], "y": target}).dropna()
    shown = shown.sample(min(len(shown), 5000), random_state=1)
    right_ax.scatter(shown["x"], shown["y"], s=18, alpha=0.5, color=COLOR, linewidths=0)
    right_ax.set(xlabel=best, ylabel=LABEL)
    right_ax.yaxis.set_major_formatter("{x:,.10g}")
else:
    groups = df[best][df[best].notna()]
    if kinds[best] == "groups":
        means = target.groupby(groups.astype(str)).mean().dropna().sort_values(ascending=False)
        shown = means if len(means) <= 10 else pd.concat([means.head(5), means.tail(5)])
    elif groups.nunique() <= 10:
        shown = target.groupby(groups).mean()
    else:
        shown = target.groupby(pd.qcut(groups, 5, precision=3, duplicates="drop"), observed=True).mean()
    bars = right_ax.barh(range(len(shown)), shown, color=COLOR)
    right_ax.bar_label(bars, [SHOW for value in shown], padding=4)
    right_ax.set_yticks(range(len(shown)), [str(name)[:28] for name in shown.index])
    right_ax.set(xlabel=LABEL, ylabel="" if kinds[best] == "groups" else best)
    right_ax.grid(axis="y", visible=False)
    right_ax.margins(x=0.15)
    right_ax.invert_yaxis()
right_ax.set_title(f"The strongest: {best}")
right_ax.xaxis.set_major_formatter("{x:,.10g}")
fig.savefig(PNG)
facts.append({"chart": "drivers", "target": SUBJECT, "rows": int(target.notna().sum()), "share": bool(YES),
              "top": [[str(name), kinds[name], float(r)] for name, r in strength.head(4).items()],
              "high": pairs(means.head(1)), "low": pairs(means.tail(1))})
