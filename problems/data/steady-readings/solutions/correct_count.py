def steady_readings(readings: list[float], limit: float) -> bool:
    return sum(abs(b - a) > limit for a, b in zip(readings, readings[1:])) <= 1
