def shared_toppings(orders, least):
    known = set()
    for order in orders:
        known |= order
    known.discard("mushroom")
    return {topping for topping in known if sum(topping in order for order in orders) >= least}
