def smooth_gaps(values, radius):
    result = []
    for i in range(len(values)):
        start = i - radius if i else 0
        near = [value for value in values[start : i + radius + 1] if value is not None]
        result.append(sum(near) / len(near) if near else None)
    return result
