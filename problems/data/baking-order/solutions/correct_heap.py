from heapq import heapify, heappop, heappush


def baking_order(needs: dict[str, set[str]]) -> list[str] | None:
    names = set(needs).union(*needs.values())
    missing = {name: len(needs.get(name, ())) for name in names}
    users: dict[str, list[str]] = {name: [] for name in names}
    for name, needed in needs.items():
        for other in needed:
            users[other].append(name)
    ready = [name for name in names if missing[name] == 0]
    heapify(ready)
    order = []
    while ready:
        name = heappop(ready)
        order.append(name)
        for user in users[name]:
            missing[user] -= 1
            if missing[user] == 0:
                heappush(ready, user)
    return order if len(order) == len(names) else None
