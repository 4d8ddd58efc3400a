def pairs(series):
    return [[str(name)[:60], float(f"{value:.8g}")] for name, value in series.items()]
