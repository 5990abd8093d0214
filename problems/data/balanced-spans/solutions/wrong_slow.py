def balanced_spans(text):
    spans = 0
    for start in range(len(text)):
        vowels = consonants = 0
        for symbol in text[start:].lower():
            if symbol in "aeiou":
                vowels += 1
            elif "a" <= symbol <= "z":
                consonants += 1
            if vowels == consonants and vowels > 0:
                spans += 1
    return spans
