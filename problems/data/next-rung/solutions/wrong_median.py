def next_rung(scores):
    ordered = sorted(scores)
    middle = len(ordered) // 2
    for score in ordered[middle:]:
        if score > sum(ordered) / len(ordered):
            return score
    return None
