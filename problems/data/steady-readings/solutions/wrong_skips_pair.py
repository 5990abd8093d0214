def steady_readings(readings, limit):
    jumps = 0
    i = 1
    while i < len(readings):
        if abs(readings[i] - readings[i - 1]) > limit:
            jumps += 1
            if i + 1 < len(readings) and abs(readings[i + 1] - readings[i - 1]) <= limit:
                i += 1
        i += 1
    return jumps <= 1
