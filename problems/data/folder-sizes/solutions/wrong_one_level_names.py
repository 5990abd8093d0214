def folder_sizes(tree, path="/"):
    result = {}
    size = files = 0
    for name, entry in tree.items():
        if isinstance(entry, int):
            size += entry
            files += 1
        else:
            inner_path = ("/" if path == "/" else path + "/") + name
            inner = folder_sizes(entry, inner_path)
            for key, (s, f) in inner.items():
                size += s if key.endswith("/" + name) else 0
                files += f if key.endswith("/" + name) else 0
            result.update(inner)
    result[path] = (size, files)
    return result
