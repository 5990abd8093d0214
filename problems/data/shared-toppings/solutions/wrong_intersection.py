def shared_toppings(orders, least):
    if len(orders) < least:
        return set()
    shared = set(orders[0])
    for order in orders[1:]:
        shared &= order
    shared.discard("mushroom")
    return shared
