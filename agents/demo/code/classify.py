target = TARGET
X, y = df.drop(columns=target), df[target]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)
model = RandomForestClassifier(n_estimators=200, random_state=0).fit(X_train, y_train)
right, guess = model.score(X_test, y_test), y_test.value_counts(normalize=True).max()
fig, (left_ax, right_ax) = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
ConfusionMatrixDisplay.from_estimator(model, X_test, y_test, ax=left_ax, cmap="Blues", colorbar=False)
left_ax.set_title(f"Which {target} was taken for which")
left_ax.grid(visible=False)
weights = pd.Series(model.feature_importances_, X.columns).sort_values().tail(10)
right_ax.barh(weights.index, weights, color=COLOR)
right_ax.set(title="What the model looks at most", xlabel="importance")
right_ax.grid(axis="y", visible=False)
fig.savefig(PNG)
missed = int((model.predict(X_test) != y_test).sum())
facts.append({
    "chart": "in_words",
    "headline": f"A random forest names the right {target} for {right:.1%} of {len(y_test)} rows it had not seen.",
    "points": [f"It was wrong for {missed} of them; always saying the commonest {target} "
               f"would be right for {guess:.1%}.",
               f"It looks most at {weights.index[-1]} ({weights.iloc[-1]:.2f}), then at {weights.index[-2]}.",
               f"Trained on {len(y_train):,} rows, tested on {len(y_test)}, chosen at random with a fixed seed."],
})
