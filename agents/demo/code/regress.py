target = TARGET
X, y = df.drop(columns=target), df[target]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0)
model = Ridge(alpha=0.1).fit(X_train, y_train)
guessed, r2 = model.predict(X_test), model.score(X_test, y_test)
error, naive = (y_test - guessed).abs().mean(), (y_test - y_train.mean()).abs().mean()
fig, (left_ax, right_ax) = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
left_ax.scatter(y_test, guessed, s=20, alpha=0.6, color=COLOR, linewidths=0)
left_ax.axline((y.mean(), y.mean()), slope=1, color="#4a5568", linestyle="--", linewidth=1)
left_ax.set(title="Predicted against true", xlabel=f"true {target}", ylabel=f"predicted {target}")
weights = pd.Series(model.coef_, X.columns).sort_values(key=abs).tail(10)
right_ax.barh(weights.index, weights, color=["#2f855a" if up else "#c53030" for up in weights > 0])
right_ax.set(title="What raises and lowers the prediction", xlabel="coefficient")
right_ax.grid(axis="y", visible=False)
fig.savefig(PNG)
facts.append({
    "chart": "in_words",
    "headline": f"A linear model explains {r2:.0%} of how {target} differs between {len(y_test)} rows "
                "it had not seen.",
    "points": [f"It is off by {error:,.1f} on average; always guessing the mean would be off by {naive:,.1f}.",
               f"What counts most is {weights.index[-1]} ({weights.iloc[-1]:+,.0f}), then {weights.index[-2]}.",
               f"Trained on {len(y_train):,} rows, tested on {len(y_test)}, chosen at random with a fixed seed."],
})
