def shelve_books(titles):
    shelves = {}
    for title in titles:
        key = title.removeprefix("The ")[0].upper()
        shelves.setdefault(key, []).append(title)
    return shelves
