#include <iostream>
#include <string>

int main() {
    std::string row, out;
    std::cin >> row;
    std::size_t i = 0;
    while (i < row.size()) {
        int length = 1;
        while (i + length < row.size() && row[i + length] == row[i]) ++length;
        if (length >= 3) {
            out += row[i];
            out += char('0' + length);
        } else {
            out.append(length, row[i]);
        }
        i += length;
    }
    std::cout << out << "\n";
}
