def shelve_books(titles: list[str]) -> dict[str, list[str]]:
    def shelf(title: str) -> str:
        first = title[4] if title[:4] == "The " else title[0]
        return first.upper()

    names = sorted({shelf(title) for title in titles})
    return {name: [title for title in titles if shelf(title) == name] for name in names}
