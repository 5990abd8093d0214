def next_rung(scores):
    best = 0
    for score in scores:
        if score * len(scores) > sum(scores):
            if not best or score < best:
                best = score
    return best or None
