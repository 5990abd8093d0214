#include <iostream>

int main() {
    int n, total = 0;
    std::cin >> n;
    for (int i = 0; i < n; ++i) {
        int age;
        std::cin >> age;
        if (age > 65) total += 4;
        else if (age > 17) total += 7;
        else if (age > 6) total += 3;
    }
    if (n >= 10) total = total * 4 / 5;
    std::cout << total << std::endl;
}
