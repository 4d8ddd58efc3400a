numbers = [0, 1]
while len(numbers) < COUNT:
    numbers.append(numbers[-2] + numbers[-1])
ratios = [b / a for a, b in zip(numbers[1:], numbers[2:])]
fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
left.bar(range(len(numbers)), numbers, color=COLOR)
left.set(title=f"The first {len(numbers)} Fibonacci numbers", xlabel="n", yscale="symlog")
left.yaxis.set_major_formatter("{x:,.10g}")
right.plot(range(2, len(ratios) + 2), ratios, "o-", color=COLOR)
right.axhline((1 + 5**0.5) / 2, color="#dd6b20", linestyle="--", label="golden ratio")
right.set(title="Each number divided by the one before", xlabel="n")
right.legend(frameon=False)
fig.savefig("fibonacci.png")
print(*numbers, sep=", ")
facts.append({
    "chart": "in_words",
    "headline": f"The first {len(numbers)} Fibonacci numbers end with {numbers[-1]:,}.",
    "points": [f"The last ratio is {ratios[-1]:.10f}; the golden ratio is {(1 + 5**0.5) / 2:.10f}."],
})
