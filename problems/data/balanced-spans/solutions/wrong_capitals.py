def balanced_spans(text):
    seen = {0: 1}
    level = blanks = spans = 0
    for symbol in text:
        if symbol in "aeiou":
            level, blanks = level + 1, 0
        elif symbol.isalpha():
            level, blanks = level - 1, 0
        else:
            blanks += 1
        spans += seen.get(level, 0) - blanks
        seen[level] = seen.get(level, 0) + 1
    return spans
