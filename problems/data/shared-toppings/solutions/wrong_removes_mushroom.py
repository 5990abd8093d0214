from collections import Counter


def shared_toppings(orders, least):
    count = Counter()
    for order in orders:
        count.update(order)
    result = {topping for topping in count if count[topping] >= least}
    for topping in result:
        if topping == "mushroom":
            result.remove(topping)
    return result
