from collections import Counter


def balanced_spans(text: str) -> int:
    seen = Counter({0: 1})
    level = spans = blanks = 0
    for symbol in text.lower():
        if symbol in "aeiou":
            level += 1
            blanks = 0
        elif symbol.isalpha():
            level -= 1
            blanks = 0
        else:
            blanks += 1
        # Of the pieces that end here and are level, `blanks` hold no letter at all.
        spans += seen[level] - blanks
        seen[level] += 1
    return spans
