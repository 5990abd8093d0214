def next_rung(scores: list[int]) -> int | None:
    total = sum(scores)
    return min((score for score in scores if score * len(scores) > total), default=None)
