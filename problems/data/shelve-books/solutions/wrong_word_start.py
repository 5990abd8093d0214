def shelve_books(titles):
    shelves = {}
    for title in titles:
        name = title
        if name.lower().startswith("the"):
            name = name[3:].strip()
        first = name[0].upper()
        if first not in shelves:
            shelves[first] = []
        shelves[first].append(title)
    return shelves
