def next_rung(scores):
    if len(scores) == 0:
        return None
    mean = int(sum(scores) / len(scores))
    best = None
    for score in scores:
        if score > mean and (best is None or score < best):
            best = score
    return best
