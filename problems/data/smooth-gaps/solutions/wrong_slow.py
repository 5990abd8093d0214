def smooth_gaps(values, radius):
    result = []
    for i in range(len(values)):
        total = 0.0
        count = 0
        for j in range(max(0, i - radius), min(len(values), i + radius + 1)):
            if values[j] is not None:
                total += values[j]
                count += 1
        result.append(total / count if count else None)
    return result
