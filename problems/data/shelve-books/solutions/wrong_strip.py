def shelve_books(titles):
    shelves = {}
    for title in titles:
        key = title.lstrip("The ")
        key = (key or title)[0].upper()
        shelves.setdefault(key, []).append(title)
    return shelves
