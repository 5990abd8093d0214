def baking_order(needs):
    state = {}
    order = []

    def visit(name):
        if state.get(name) == "open":
            return False
        if name not in state:
            state[name] = "open"
            for other in sorted(needs.get(name, ())):
                if not visit(other):
                    return False
            state[name] = "done"
            order.append(name)
        return True

    for name in sorted(needs):
        if not visit(name):
            return None
    return order
