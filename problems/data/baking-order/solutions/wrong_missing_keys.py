import heapq


def baking_order(needs):
    count = {name: len(needs[name]) for name in needs}
    ready = [name for name in needs if not needs[name]]
    heapq.heapify(ready)
    order = []
    while ready:
        name = heapq.heappop(ready)
        order.append(name)
        for other in needs:
            if name in needs[other]:
                count[other] -= 1
                if count[other] == 0:
                    heapq.heappush(ready, other)
    return order if len(order) == len(needs) else None
