from collections import defaultdict


def shelve_books(titles):
    shelves = defaultdict(list)
    for title in titles:
        if title.startswith("The "):
            shelves[title[4]].append(title)
        else:
            shelves[title[0].upper()].append(title)
    return dict(shelves)
