from itertools import accumulate


def smooth_gaps(values: list[float | None], radius: int) -> list[float | None]:
    n = len(values)
    sums = [0.0, *accumulate(value or 0.0 for value in values)]
    counts = [0, *accumulate(value is not None for value in values)]
    result: list[float | None] = []
    for i in range(n):
        low, high = max(0, i - radius), min(n, i + radius + 1)
        count = counts[high] - counts[low]
        result.append((sums[high] - sums[low]) / count if count else None)
    return result
