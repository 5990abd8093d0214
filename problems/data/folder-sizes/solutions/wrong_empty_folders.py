def folder_sizes(tree):
    result = {"/": (0, 0)}

    def add(path, size):
        parts = path.strip("/").split("/")[:-1]
        for i in range(len(parts) + 1):
            key = "/" + "/".join(parts[:i])
            old = result.get(key, (0, 0))
            result[key] = (old[0] + size, old[1] + 1)

    def walk(folder, path):
        for name, entry in folder.items():
            if isinstance(entry, dict):
                walk(entry, path + "/" + name)
            else:
                add(path + "/" + name, entry)

    walk(tree, "")
    return result
