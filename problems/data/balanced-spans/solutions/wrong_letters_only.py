def balanced_spans(text):
    letters = [symbol for symbol in text.lower() if symbol.isalpha()]
    seen = {0: 1}
    level = spans = 0
    for letter in letters:
        level += 1 if letter in "aeiou" else -1
        spans += seen.get(level, 0)
        seen[level] = seen.get(level, 0) + 1
    return spans
