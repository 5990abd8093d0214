def folder_sizes(tree):
    files = []
    folders = ["/"]

    def walk(folder, path):
        for name, entry in folder.items():
            if isinstance(entry, dict):
                folders.append(path + name)
                walk(entry, path + name + "/")
            else:
                files.append((path + name, entry))

    walk(tree, "/")
    result = {}
    for folder in folders:
        inside = [size for path, size in files if path.startswith(folder)]
        result[folder] = (sum(inside), len(inside))
    return result
