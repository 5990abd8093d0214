from collections import Counter


def shared_toppings(orders: list[set[str]], least: int) -> set[str]:
    count = Counter(topping for order in orders for topping in order)
    return {topping for topping, times in count.items() if times >= least} - {"mushroom"}
