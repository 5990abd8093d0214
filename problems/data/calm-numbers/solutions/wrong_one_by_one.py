def calm_numbers(low, high, step, divisor):
    count = 0
    for number in range(low, high + 1):
        digits = [int(symbol) for symbol in str(number)]
        if sum(digits) % divisor:
            continue
        if all(abs(a - b) <= step for a, b in zip(digits, digits[1:])):
            count += 1
    return count
