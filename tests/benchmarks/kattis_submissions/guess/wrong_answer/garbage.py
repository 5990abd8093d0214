print(500, flush=True)
input()
print("what?", flush=True)
