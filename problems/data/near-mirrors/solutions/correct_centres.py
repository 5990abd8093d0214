def near_mirrors(text):
    n = len(text)
    ends = [[] for _ in range(n)]  # ends of the near mirrors that begin at a place
    for centre in range(2 * n - 1):
        left, right = centre // 2, (centre + 1) // 2
        faults = 0
        while left >= 0 and right < n:
            faults += text[left] != text[right]
            if faults > 1:
                break
            ends[left].append(right + 1)
            left -= 1
            right += 1
    best = [None] * n + [(0, [])]
    for start in reversed(range(n)):
        count, end = min((best[end][0] + 1, end) for end in ends[start])
        best[start] = (count, [end - start] + best[end][1])
    return best[0]
