def fit(texts, room):
    """Texts, the long ones cut so that all of them together, numbered, fit into so many characters."""
    most, room = room, room - 17 * len(texts)
    while sum(min(len(text), most) for text in texts) > max(room, 0):
        most = most * 4 // 5
    return [text if len(text) <= most else text[:most] + CUT for text in texts]
