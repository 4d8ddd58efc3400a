target = TARGET
X, true = StandardScaler().fit_transform(df.drop(columns=target)), df[target]
groups = KMeans(n_clusters=GROUPS, n_init=10, random_state=0).fit_predict(X)
agreement, table = adjusted_rand_score(true, groups), pd.crosstab(true, groups)
flat = PCA(n_components=2).fit(X)
points = flat.transform(X)
fig, axes = plt.subplots(1, 2, figsize=(11, 4.8), sharex=True, sharey=True, layout="constrained")
for ax, label, title in zip(axes, (groups, true), ("Groups that k-means found", f"True {target}")):
    for name in pd.unique(pd.Series(label).sort_values()):
        ax.scatter(*points[label == name].T, s=20, alpha=0.7, linewidths=0, label=str(name))
    ax.set(title=title, xlabel="first main direction")
    ax.legend(frameon=False)
axes[0].set_ylabel("second main direction")
fig.savefig(PNG)
print(table.to_string(), "\n")
facts.append({
    "chart": "in_words",
    "headline": f"k-means finds {GROUPS} groups that agree with the true {target} to {agreement:.2f} "
                "(adjusted Rand index; 1 is perfect, 0 is chance).",
    "points": [f"The largest group has {table.sum().max()} of {len(df)} rows, the smallest {table.sum().min()}.",
               f"The picture shows {flat.explained_variance_ratio_.sum():.0%} of the variance in two directions.",
               f"The algorithm never saw the {target}; it was only used to compare."],
})
