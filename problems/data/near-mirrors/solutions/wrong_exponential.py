def near_mirrors(text):
    if not text:
        return 0, []
    best = None
    for end in range(1, len(text) + 1):
        piece = text[:end]
        if sum(a != b for a, b in zip(piece, reversed(piece))) <= 2:
            count, lengths = near_mirrors(text[end:])
            if best is None or count + 1 < best[0]:
                best = (count + 1, [end] + lengths)
    return best
