def steady_readings(readings, limit):
    previous = readings[0]
    jumps = 0
    for reading in readings[1:]:
        if not abs(reading - previous) <= limit:
            jumps += 1
        previous = reading
    return jumps < 2
