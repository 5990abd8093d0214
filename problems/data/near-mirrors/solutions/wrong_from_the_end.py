def near_mirrors(text):
    n = len(text)
    faults = [[0] * (n + 1) for _ in range(n + 1)]
    for width in range(2, n + 1):
        for i in range(n - width + 1):
            j = i + width
            faults[i][j] = faults[i + 1][j - 1] + (text[i] != text[j - 1])
    best = [0] + [n + 1] * n
    previous = [0] * (n + 1)
    for j in range(1, n + 1):
        for i in range(j):
            if faults[i][j] < 2 and best[i] + 1 < best[j]:
                best[j] = best[i] + 1
                previous[j] = i
    lengths = []
    j = n
    while j > 0:
        lengths.append(j - previous[j])
        j = previous[j]
    return best[n], lengths[::-1]
