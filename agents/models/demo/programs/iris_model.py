import matplotlib.pyplot as plt
import pandas as pd
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import train_test_split

iris = load_iris(as_frame=True)
species = iris.target_names[iris.target]
train, test, known, truth = train_test_split(iris.data, species, test_size=0.3, stratify=species, random_state=0)
model = RandomForestClassifier(random_state=0).fit(train, known)
guess = model.predict(test)
weight = pd.Series(model.feature_importances_, iris.feature_names).sort_values()
print(weight.round(3).to_string())

fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
ConfusionMatrixDisplay.from_predictions(truth, guess, ax=left, cmap="Blues", colorbar=False)
left.set_title("Which iris was taken for which")
weight.plot.barh(ax=right, color="#2b6cb0", title="What the model looks at")
plt.savefig("iris_model.png", dpi=150, bbox_inches="tight")

print()
print(f"- A random forest named {(guess == truth).sum()} of {len(test)} flowers correctly that it had not seen.")
print(f"- It looks most at the {weight.index[-1]}, then at the {weight.index[-2]}.")
