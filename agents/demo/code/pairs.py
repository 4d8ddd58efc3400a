def pairs(series):
    return [[str(name)[:60], float(value)] for name, value in series.items()]
