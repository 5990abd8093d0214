def near_mirrors(text: str) -> tuple[int, list[int]]:
    n = len(text)
    inner = [0] * (n + 1)  # faults of text[start + 1:end - 1], for the start before
    least = [0] * (n + 1)
    choice = [0] * (n + 1)
    for start in range(n - 1, -1, -1):
        faults = [0] * (n + 1)
        best, length = n + 1, 0
        for end in range(start + 1, n + 1):
            if end - start > 1:
                faults[end] = inner[end - 1] + (text[start] != text[end - 1])
            if faults[end] <= 1 and least[end] + 1 < best:
                best, length = least[end] + 1, end - start
        least[start], choice[start] = best, length
        inner = faults
    lengths = []
    place = 0
    while place < n:
        lengths.append(choice[place])
        place += choice[place]
    return least[0], lengths
