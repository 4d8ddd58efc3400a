import matplotlib.pyplot as plt
from sklearn.datasets import load_iris

iris = load_iris(as_frame=True)
flowers = iris.frame.assign(species=iris.target_names[iris.target])
means = flowers.groupby("species")[["petal length (cm)", "petal width (cm)"]].mean()
print(means.round(2).to_string())

plt.style.use("seaborn-v0_8-whitegrid")
fig, ax = plt.subplots(figsize=(7, 5))
for name, group in flowers.groupby("species"):
    ax.scatter(group["petal length (cm)"], group["petal width (cm)"], label=name, alpha=0.7)
ax.set(title="The petals of three irises", xlabel="petal length (cm)", ylabel="petal width (cm)")
ax.legend()
plt.savefig("iris_petals.png", dpi=150, bbox_inches="tight")

length = means["petal length (cm)"]
print()
print(f"- The {length.idxmax()} has the longest petals: {length.max():.2f} cm on average.")
print(f"- The {length.idxmin()} has the shortest: {length.min():.2f} cm.")
