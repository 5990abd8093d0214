def next_rung(scores):
    if not scores:
        return None
    mean = sum(scores) / len(scores)
    for score in sorted(scores):
        if score > mean:
            return score
    return None
