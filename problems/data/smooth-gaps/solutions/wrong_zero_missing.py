def smooth_gaps(values, radius):
    sums, counts = [0.0], [0]
    for value in values:
        sums.append(sums[-1] + (value if value else 0.0))
        counts.append(counts[-1] + (1 if value else 0))
    result = []
    for i in range(len(values)):
        low = max(0, i - radius)
        high = min(len(values), i + radius + 1)
        count = counts[high] - counts[low]
        result.append((sums[high] - sums[low]) / count if count else None)
    return result
