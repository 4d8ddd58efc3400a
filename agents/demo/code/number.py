def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
