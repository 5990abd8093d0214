def steady_readings(readings, limit):
    jumps = 0
    for i in range(len(readings) - 1):
        if readings[i + 1] - readings[i] > limit:
            jumps += 1
    return jumps <= 1
