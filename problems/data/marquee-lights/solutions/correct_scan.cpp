#include <iostream>
#include <string>

int main() {
    std::string row, out;
    std::cin >> row;
    for (std::size_t i = 0; i < row.size();) {
        std::size_t j = i;
        while (j < row.size() && row[j] == row[i]) ++j;
        if (j - i >= 3) out += row[i] + std::to_string(j - i);
        else out.append(j - i, row[i]);
        i = j;
    }
    std::cout << out << "\n";
}
