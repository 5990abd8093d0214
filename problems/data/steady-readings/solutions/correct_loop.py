def steady_readings(readings, limit):
    forgiven = False
    for i in range(1, len(readings)):
        low = min(readings[i - 1], readings[i])
        high = max(readings[i - 1], readings[i])
        if high - low > limit:
            if forgiven:
                return False
            forgiven = True
    return True
