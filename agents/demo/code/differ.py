numbers = df[NUMBERS]
spread = (numbers - numbers.mean()) / numbers.std()
means, plain = spread.groupby(df[BY]).mean(), numbers.groupby(df[BY]).mean()
apart = (means.max() - means.min()).sort_values(ascending=False)
first, second = apart.index[:2]
shown = means[apart.index[:12]].T
fig, (left, right) = plt.subplots(1, 2, figsize=(12, 5.5), layout="constrained")
image = left.imshow(shown, cmap="RdBu_r", vmin=-1.5, vmax=1.5, aspect="auto")
for (i, j), value in np.ndenumerate(shown):
    ink = "white" if abs(value) > 0.9 else "black"
    mean = plain.loc[shown.columns[j], shown.index[i]]
    left.text(j, i, f"{mean:,.0f}" if abs(mean) >= 1000 else f"{mean:.3g}", ha="center", va="center", color=ink)
left.set_xticks(range(shown.shape[1]), [str(name)[:16] for name in shown.columns])
left.set_yticks(range(shown.shape[0]), [str(name)[:28] for name in shown.index])
left.set_title("Means of the groups")
left.grid(visible=False)
for name, group in df.groupby(BY):
    right.scatter(group[first], group[second], s=22, alpha=0.7, linewidths=0, label=str(name)[:24])
right.set(title="The two that differ most", xlabel=first, ylabel=second)
right.legend(frameon=False)
fig.colorbar(image, ax=left, label="standard deviations from the mean of all", shrink=0.8)
fig.savefig(PNG)
plain.T.to_csv(CSV, float_format="%.12g")
told = [f"{name}: {plain[name].max():,.4g} for {plain[name].idxmax()}, {plain[name].min():,.4g} for "
        f"{plain[name].idxmin()}, {apart[name]:.1f} standard deviations apart." for name in apart.index[:4]]
facts.append({"chart": "in_words", "headline": f"On average the groups differ most in {told[0]}", "points": told[1:]})
