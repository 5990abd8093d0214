from bisect import insort


def baking_order(needs):
    open_needs = {name: set(needed) for name, needed in needs.items()}
    users = {}
    for name, needed in needs.items():
        for other in needed:
            open_needs.setdefault(other, set())
            users.setdefault(other, set()).add(name)
    ready = sorted((name for name, needed in open_needs.items() if not needed), reverse=True)
    order = []
    while ready:
        done = ready.pop()
        order.append(done)
        for user in users.get(done, ()):
            open_needs[user].remove(done)
            if not open_needs[user]:
                insort(ready, user, key=lambda text: [-ord(letter) for letter in text] + [0])
    if len(order) < len(open_needs):
        return None
    return order
