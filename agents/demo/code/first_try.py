days = df["date"].astype(str)
df["date"] = pd.to_datetime(days, format="%d/%m/%Y")
