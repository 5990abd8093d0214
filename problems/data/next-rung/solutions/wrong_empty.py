def next_rung(scores):
    mean = sum(scores) / len(scores)
    above = [score for score in scores if score > mean]
    return min(above) if above else None
