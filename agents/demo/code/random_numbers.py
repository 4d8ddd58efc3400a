rng = np.random.default_rng(42)
values = DRAW
fig, ax = plt.subplots(layout="constrained")
ax.hist(values, bins=BINS, density=True, color=COLOR, edgecolor="white", label=f"{len(values):,} numbers")
x = np.linspace(values.min(), values.max(), 400)
mean, deviation = values.mean(), values.std()
bell = np.exp(-(((x - mean) / deviation) ** 2) / 2) / (deviation * np.sqrt(2 * np.pi))
ax.plot(x, bell, color="#dd6b20", linewidth=2, label="normal curve with their mean and spread")
ax.set(title=TITLE, xlabel="value", ylabel="density")
fig.legend(loc="outside lower right", ncols=2, frameon=False)
fig.savefig(PNG)
near = np.mean(np.abs(values - mean) < deviation)
facts.append({
    "chart": "in_words",
    "headline": f"The {len(values):,} numbers have a mean of {mean:.3f} "
                f"and a standard deviation of {deviation:.3f}.",
    "points": [f"{near:.1%} lie within one standard deviation of the mean; for a normal distribution it is 68.3%.",
               f"They reach from {values.min():.2f} to {values.max():.2f}.",
               "The generator has a fixed seed, so the same code gives the same numbers."],
})
