#include <iostream>

int main() {
    int n;
    std::cin >> n;
    int count[3] = {0, 0, 0};
    for (int i = 0; i < n; ++i) {
        int age;
        std::cin >> age;
        if (age >= 65) ++count[2];
        else if (age >= 18) ++count[1];
        else if (age >= 6) ++count[0];
    }
    int total = 3 * count[0] + 7 * count[1] + 4 * count[2];
    if (n >= 10) total -= (total + 4) / 5;
    std::cout << total << std::endl;
}
