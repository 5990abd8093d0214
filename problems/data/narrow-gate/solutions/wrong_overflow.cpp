#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

struct Point {
    unsigned x, y;
};

int cross(Point o, Point a, Point b) { return int((a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x)); }

int main() {
    int n;
    if (std::scanf("%d", &n) != 1) return 1;
    std::vector<Point> p(n), h;
    for (auto& q : p) {
        int x, y;
        if (std::scanf("%d %d", &x, &y) != 2) return 1;
        q = {unsigned(x), unsigned(y)};
    }
    std::sort(p.begin(), p.end(), [](Point a, Point b) {
        return a.x != b.x ? int(a.x) < int(b.x) : int(a.y) < int(b.y);
    });
    for (int side = 0; side < 2; ++side) {
        std::size_t base = h.size();
        for (Point q : p) {
            while (h.size() >= base + 2 && cross(h[h.size() - 2], h.back(), q) <= 0) h.pop_back();
            h.push_back(q);
        }
        h.pop_back();
        std::reverse(p.begin(), p.end());
    }
    if (h.size() < 3) {
        std::puts("0");
        return 0;
    }
    double best = 1e18;
    for (std::size_t i = 0; i < h.size(); ++i) {
        Point a = h[i], b = h[(i + 1) % h.size()];
        int top = 0;
        for (Point q : h) top = std::max(top, cross(a, b, q));
        best = std::min(best, top / std::hypot(double(int(b.x - a.x)), double(int(b.y - a.y))));
    }
    std::printf("%.9f\n", best);
}
