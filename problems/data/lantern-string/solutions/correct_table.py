def cheapest_removal(lanterns):
    n = len(lanterns)
    work = [[0] * n for _ in range(n)]
    for width in range(2, n):
        for left in range(n - width):
            right = left + width
            difference = abs(lanterns[left] - lanterns[right])
            best = None
            for last in range(left + 1, right):
                total = work[left][last] + work[last][right] + lanterns[last] * difference
                if best is None or total < best:
                    best = total
            work[left][right] = best
    return work[0][n - 1] if n else 0
