def folder_sizes(tree):
    sizes = {(): [0, 0]}
    stack = [((), tree)]
    while stack:
        path, folder = stack.pop()
        for name, entry in folder.items():
            if isinstance(entry, dict):
                sizes[(*path, name)] = [0, 0]
                stack.append(((*path, name), entry))
            else:
                for depth in range(len(path) + 1):
                    sizes[path[:depth]][0] += entry
                    sizes[path[:depth]][1] += 1
    return {"/" + "/".join(path): tuple(pair) for path, pair in sizes.items()}
