def baking_order(needs):
    names = set(needs)
    for needed in needs.values():
        names |= needed
    order = []
    done = set()
    while len(order) < len(names):
        ready = sorted(name for name in names - done if needs.get(name, set()) <= done)
        if not ready:
            return None
        order += ready
        done.update(ready)
    return order
