def folder_sizes(tree):
    result = {}

    def measure(folder, path):
        size = 0
        files = 0
        for name in folder:
            entry = folder[name]
            if type(entry) is dict:
                s, f = measure(entry, path + "/" + name)
                size += s
                files += f
            elif entry:
                size += entry
                files += 1
        result[path if path else "/"] = (size, files)
        return size, files

    measure(tree, "")
    return result
