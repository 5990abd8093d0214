def shared_toppings(orders, least):
    count = {}
    for order in orders:
        for topping in order:
            count[topping] = count.get(topping, 0) + 1
    return {topping for topping in count if count[topping] == least and topping != "mushroom"}
