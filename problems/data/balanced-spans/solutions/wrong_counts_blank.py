def balanced_spans(text):
    seen = {0: 1}
    level = 0
    spans = 0
    for symbol in text.lower():
        if symbol.isalpha():
            level += 1 if symbol in "aeiou" else -1
            spans += seen.get(level, 0)
        seen[level] = seen.get(level, 0) + 1
    return spans
