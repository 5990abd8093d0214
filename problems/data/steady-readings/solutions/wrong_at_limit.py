def steady_readings(readings, limit):
    jumps = [i for i in range(1, len(readings)) if abs(readings[i] - readings[i - 1]) >= limit]
    return len(jumps) <= 1
