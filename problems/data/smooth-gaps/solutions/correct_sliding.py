def smooth_gaps(values, radius):
    # Hundredths as integers, so that what is added and taken away again leaves nothing behind.
    cents = [None if value is None else round(value * 100) for value in values]
    total = count = 0
    right = 0
    result = []
    for i in range(len(cents)):
        while right < len(cents) and right <= i + radius:
            if cents[right] is not None:
                total += cents[right]
                count += 1
            right += 1
        gone = i - radius - 1
        if gone >= 0 and cents[gone] is not None:
            total -= cents[gone]
            count -= 1
        result.append(total / count / 100 if count else None)
    return result
